"""Where pictures and their lists are read from: a directory or a zip file, alike."""

import hashlib
import zipfile
from collections.abc import Sequence
from pathlib import Path, PurePosixPath
from typing import Protocol

PICTURE_SUFFIXES = frozenset({".jpeg", ".jpg", ".png", ".webp", ".gif", ".bmp", ".tif", ".tiff"})


class Source(Protocol):
    """Files by posix path, wherever they are kept."""

    def names(self) -> list[str]: ...

    def read(self, name: str) -> bytes: ...


class DirectorySource:
    def __init__(self, root: Path) -> None:
        self._root = root

    def names(self) -> list[str]:
        return [path.relative_to(self._root).as_posix() for path in self._root.rglob("*") if path.is_file()]

    def read(self, name: str) -> bytes:
        return (self._root / name).read_bytes()


class ZipSource:
    def __init__(self, path: Path) -> None:
        self._zip = zipfile.ZipFile(path)

    def names(self) -> list[str]:
        return [info.filename for info in self._zip.infolist() if not info.is_dir()]

    def read(self, name: str) -> bytes:
        return self._zip.read(name)


def open_source(data: Path) -> Source:
    """A directory or a zip file; FileNotFoundError or zipfile.BadZipFile where it is neither."""
    return DirectorySource(data) if data.is_dir() else ZipSource(data)


def is_picture(name: str) -> bool:
    """By its name alone; `._name.jpg` is what macOS leaves of a file's attributes in an archive."""
    path = PurePosixPath(name)
    return path.suffix.lower() in PICTURE_SUFFIXES and not path.name.startswith("._")


def hash_share(path: str) -> float:
    """A number in [0, 1) fixed by the path alone, so that adding pictures never moves others between
    splits."""
    return int.from_bytes(hashlib.sha256(path.encode()).digest()[:8], "big") / 2**64


class JoinedSource:
    """Several sources as one; of files with one name the first source's counts."""

    def __init__(self, sources: Sequence[Source]) -> None:
        self._owners = {name: source for source in reversed(sources) for name in source.names()}

    def names(self) -> list[str]:
        return list(self._owners)

    def read(self, name: str) -> bytes:
        return self._owners[name].read(name)


def open_sources(data: Sequence[Path]) -> Source:
    """Folders and zip files as one source."""
    return JoinedSource([open_source(path) for path in data])
