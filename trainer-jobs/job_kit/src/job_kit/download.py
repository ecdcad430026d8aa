"""Downloads of public files: resumed where they stopped, checked before anybody opens them.

DownloadFailed
├─ NoSpace        the disk cannot hold the file
├─ Refused        the server cannot be reached, says no, or keeps breaking off
└─ ChangedFile    what it sends is not the file that its publisher described
"""

import errno
import fcntl
import os
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path

import httpx
from tqdm import tqdm

from job_kit.hashes import sha256_of

ATTEMPTS = 5  # in a row without a new byte; a slow line that breaks off every minute still gets there
_PAUSES = (1.0, 2.0, 5.0, 10.0)  # seconds before the second, third, ... attempt


class DownloadFailed(RuntimeError):
    """A file that could not be had; the message says why and what to do."""


class NoSpace(DownloadFailed):
    pass


class Refused(DownloadFailed):
    pass


class ChangedFile(DownloadFailed):
    pass


@dataclass(frozen=True)
class RemoteFile:
    """A public file as its publisher, or those who have used it, describe it: `size` in bytes, `sha256` in
    hexadecimal, or empty where nobody has stated one; then the size alone is checked."""

    url: str
    size: int
    sha256: str = ""

    @property
    def name(self) -> str:
        return self.url.rsplit("/", 1)[-1]


def open_client() -> httpx.Client:
    """One that gives a silent server a minute."""
    return httpx.Client(timeout=60, follow_redirects=True)


def fetch(
    file: RemoteFile, folder: Path, client: httpx.Client, *, pause: Callable[[float], None] = time.sleep
) -> Path:
    """The file, from `folder` if an earlier call left it there, else from the net; DownloadFailed if not.

    An interrupted download stays as `<name>.part` and goes on from there, in the same call or in a later one,
    with one that asks for the rest (RFC 9110, section 14) or, where the server knows no ranges, from the
    start. What does not agree with size or sha256 is removed and never returned.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with _alone_in(folder):
        target, part = folder / file.name, folder / f"{file.name}.part"
        if target.exists():
            if _mismatch(file, target) is None:
                return target
            tqdm.write(f"{target} is not the file it should be: fetching it again")
            target.unlink()
        _check_space(file, folder, part)
        _receive(file, part, client, pause)
        if (wrong := _mismatch(file, part)) is not None:
            part.unlink()
            raise ChangedFile(f"{file.url} {wrong}; removed. If it stays so, its publisher has changed it")
        part.replace(target)
        return target


@contextmanager
def _alone_in(folder: Path) -> Iterator[None]:
    """Of several processes one downloads into a folder; the others wait, then find the file there."""
    opened = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(opened, fcntl.LOCK_EX)
        yield
    finally:
        os.close(opened)


def _check_space(file: RemoteFile, folder: Path, part: Path) -> None:
    missing, free = file.size - _length(part), shutil.disk_usage(folder).free
    if missing > free:
        raise NoSpace(f"{file.name} needs {missing:,} bytes more, {folder} has {free:,}")


def _receive(file: RemoteFile, part: Path, client: httpx.Client, pause: Callable[[float], None]) -> None:
    """Fills `part` to the file's size, over as many connections as it takes."""
    if _length(part) > file.size:
        part.unlink()
    failures, furthest = 0, _length(part)
    with tqdm(total=file.size, desc=file.name, unit="B", unit_scale=True, mininterval=1) as bar:
        while _length(part) < file.size:
            reason = _once(file, part, client, bar)
            if reason is None:
                continue
            failures = 1 if _length(part) > furthest else failures + 1
            furthest = max(furthest, _length(part))
            if failures >= ATTEMPTS:
                raise Refused(
                    f"{file.url}: {reason}, {ATTEMPTS} times. Run it again to go on where it stopped"
                )
            pause(_PAUSES[min(failures, len(_PAUSES)) - 1])


def _once(file: RemoteFile, part: Path, client: httpx.Client, bar: tqdm) -> str | None:
    """One connection; what ended it early, if something did that may pass."""
    start = _length(part)
    # No compression on the way: sizes and ranges count the file's own bytes.
    headers = {"Accept-Encoding": "identity"} | ({"Range": f"bytes={start}-"} if start else {})
    try:
        with client.stream("GET", file.url, headers=headers) as response:
            if response.status_code >= HTTPStatus.INTERNAL_SERVER_ERROR:
                return f"status {response.status_code}"
            if response.status_code == HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE:
                part.unlink()  # the server's file ends before ours goes on: only a fresh start can tell
                return f"status {response.status_code}"
            if response.status_code not in (HTTPStatus.OK, HTTPStatus.PARTIAL_CONTENT):
                raise Refused(f"{file.url}: the server says {response.status_code}")
            if response.status_code == HTTPStatus.OK:
                start = 0
            _check_announced(file, response, start)
            bar.n = start
            _write(file, response, part, start, bar)
    except httpx.RequestError as broken:
        return str(broken) or type(broken).__name__
    return None if _length(part) == file.size else "the connection ended early"


def _check_announced(file: RemoteFile, response: httpx.Response, start: int) -> None:
    """ChangedFile before a byte is taken, where the headers already tell of another file."""
    if response.status_code == HTTPStatus.PARTIAL_CONTENT:
        expected = f"bytes {start}-{file.size - 1}/{file.size}"
        found = response.headers.get("Content-Range", "")
        if found != expected:
            raise ChangedFile(f"{file.url} sends {found!r}, expected {expected!r}")
    length = response.headers.get("Content-Length")
    if length is not None and int(length) != file.size - start:
        raise ChangedFile(f"{file.url} has {start + int(length):,} bytes, expected {file.size:,}")


def _write(file: RemoteFile, response: httpx.Response, part: Path, start: int, bar: tqdm) -> None:
    received = start
    try:
        with part.open("ab" if start else "wb") as target:
            for chunk in response.iter_raw():
                received += len(chunk)
                if received > file.size:
                    part.unlink()
                    raise ChangedFile(f"{file.url} sends more than the {file.size:,} bytes it should have")
                target.write(chunk)
                bar.update(len(chunk))
    except OSError as failed:
        if failed.errno == errno.ENOSPC:
            raise NoSpace(f"no space left on {part.parent} after {received:,} bytes") from failed
        raise


def _mismatch(file: RemoteFile, path: Path) -> str | None:
    """What tells `path` from the file, or None."""
    if (length := _length(path)) != file.size:
        return f"has {length:,} bytes, expected {file.size:,}"
    if not file.sha256:
        return None
    found = sha256_of(path)
    return None if found == file.sha256.lower() else f"has sha256 {found}, expected {file.sha256}"


def _length(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0
