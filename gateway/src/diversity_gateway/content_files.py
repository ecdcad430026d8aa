"""Pictures' bytes in files named by their content hash, on disk before anything points to them.

    content/ab/ab12...     the bytes, written once
    thumbnails/ab/ab12...  derived from them, may be deleted at any time
    incoming/              files being written

A crash leaves at most a file in `incoming/` or a content nobody points to; both are swept at a later start.
"""

import errno
import os
import secrets
import time
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from pathlib import Path

from diversity_contracts.problems import NoSpace
from diversity_contracts.publishing import Sync, sync_to_disk

# Younger ones may belong to a writer that has not committed its row yet.
SWEEP_AFTER_S = 3600.0
_FULL = frozenset({errno.ENOSPC, errno.EDQUOT})


class ContentFiles:
    """Content-addressed files under `root`. Every write raises NoSpace when the disk is full."""

    def __init__(self, root: Path, *, sync: Sync = sync_to_disk) -> None:
        self._sync = sync
        self._content = root / "content"
        self._thumbnails = root / "thumbnails"
        self._incoming = root / "incoming"
        for folder in (self._content, self._thumbnails, self._incoming):
            folder.mkdir(parents=True, exist_ok=True)

    def store(self, content_hash: str, data: bytes) -> None:
        """Write `data` durably under its hash; after this returns a power cut cannot take it away."""
        path = self._path(self._content, content_hash)
        with space_is_said():
            if path.exists():
                os.utime(path)  # keeps a sweeper from taking it before its new row is committed
            else:
                path.parent.mkdir(exist_ok=True)
                self._write(path, data, durable=True)
            # Another writer may have renamed it a moment ago without having synced the folder yet.
            self._sync(path.parent)
            self._sync(self._content)

    def read(self, content_hash: str) -> bytes:
        """The bytes; raises FileNotFoundError."""
        return self._path(self._content, content_hash).read_bytes()

    def thumbnail(self, content_hash: str, make: Callable[[bytes], bytes]) -> bytes:
        """The kept thumbnail, made from the content when there is none yet."""
        path = self._path(self._thumbnails, content_hash)
        try:
            return path.read_bytes()
        except FileNotFoundError:
            data = make(self.read(content_hash))
        with space_is_said():
            path.parent.mkdir(exist_ok=True)
            self._write(path, data, durable=False)
        return data

    def sweep(self, pointed_to: Collection[str], *, now: float | None = None) -> int:
        """Delete what nobody points to and is older than SWEEP_AFTER_S; returns how many files went."""
        horizon = (time.time() if now is None else now) - SWEEP_AFTER_S
        swept = 0
        for path in (*self._files(self._content), *self._files(self._thumbnails), *self._incoming.iterdir()):
            if path.name not in pointed_to and path.stat().st_mtime < horizon:
                path.unlink(missing_ok=True)
                swept += 1
        return swept

    def _path(self, home: Path, content_hash: str) -> Path:
        if len(content_hash) != 64 or not set(content_hash) <= set("0123456789abcdef"):
            raise ValueError("not a content hash")
        return home / content_hash[:2] / content_hash

    def _files(self, home: Path) -> Iterator[Path]:
        for folder in home.iterdir():
            yield from folder.iterdir()

    def _write(self, path: Path, data: bytes, *, durable: bool) -> None:
        temporary = self._incoming / secrets.token_hex(16)
        try:
            with temporary.open("xb") as file:
                file.write(data)
            if durable:
                self._sync(temporary)
            temporary.replace(path)
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise


@contextmanager
def space_is_said() -> Iterator[None]:
    """A full disk, or a full quota, as NoSpace."""
    try:
        yield
    except OSError as error:
        if error.errno in _FULL:
            raise NoSpace("The disk that holds the pictures is full.") from error
        raise
