"""A zip or tar archive of pictures, read where it lies: nothing is unpacked to disk.

Names are keys only, so one like `../x` reaches nothing; it is left out all the same. Of two members with one
name the later one counts, as it does when an archive is unpacked.
"""

import tarfile
import zipfile
import zlib
from collections.abc import Iterator
from functools import partial
from pathlib import Path, PurePosixPath
from typing import IO

from diversity_client.errors import Misused
from diversity_client.pictures import MOST_BYTES
from diversity_client.sources.entry import Entry
from diversity_client.sources.tree import CAPTIONS_FILE, Named, place_all

MOST_TEXT = 64 * 1024 * 1024  # bytes of one text; Flickr8k's 40,000 captions have 3.4 MB
_DAMAGED = (
    OSError,
    EOFError,
    zlib.error,
    RuntimeError,
    NotImplementedError,
    zipfile.BadZipFile,
    tarfile.TarError,
)


def is_tar(path: Path) -> bool:
    """Whether the file is a tar archive, compressed or not."""
    return tarfile.is_tarfile(path)


class Zip:
    """A zip archive; of a picture at most `most` bytes. Raises Misused: damaged, or without a picture."""

    def __init__(self, path: Path, captions_file: str = CAPTIONS_FILE, most: int = MOST_BYTES) -> None:
        self._path, self._most = path, most
        try:
            self._archive = zipfile.ZipFile(path)
        except _DAMAGED as error:
            raise Misused(f"{path} is no whole zip archive: {error}") from error
        members = ((_name(info.filename), info) for info in self._archive.infolist() if not info.is_dir())
        self._members = {name: info for name, info in members if name is not None}
        self._pictures = _some(place_all(self._members, self._read_text, captions_file), path)

    def __len__(self) -> int:
        return len(self._pictures)

    def __iter__(self) -> Iterator[Entry]:
        for found in self._pictures:
            place = f"{self._path}:{found.name}"
            read = partial(self._read, found.name, place, self._most)
            yield Entry(found.image_id, place, found.captions, found.metadata, read)

    def _read(self, name: PurePosixPath, place: str, most: int) -> bytes:
        try:
            with self._archive.open(self._members[name]) as file:
                return _bounded(file, place, most)
        except _DAMAGED as error:
            raise Misused(f"{place} cannot be read: {error}") from error

    def _read_text(self, name: PurePosixPath) -> str | None:
        if name not in self._members:
            return None
        return self._read(name, f"{self._path}:{name}", MOST_TEXT).decode(errors="replace")


class Tar:
    """A tar archive, gone through from its beginning: once for names and texts, then for pictures.

    Of a picture at most `most` bytes. Raises Misused if it is damaged, or has no picture.
    """

    def __init__(self, path: Path, captions_file: str = CAPTIONS_FILE, most: int = MOST_BYTES) -> None:
        self._path, self._most = path, most
        self._at = dict[PurePosixPath, int]()
        texts = dict[PurePosixPath, str]()
        for member, name, archive in self._walk():
            self._at[name] = member.offset
            if name.suffix == ".txt" or name.name == captions_file:
                texts[name] = self._read(archive, member, MOST_TEXT).decode(errors="replace")
        placed = _some(place_all(self._at, texts.get, captions_file), path)
        self._pictures = {found.name: found for found in placed}

    def __len__(self) -> int:
        return len(self._pictures)

    def __iter__(self) -> Iterator[Entry]:
        for member, name, archive in self._walk():
            found = self._pictures.get(name)
            if found is not None and member.offset == self._at[name]:
                read = partial(self._read, archive, member, self._most)
                place = f"{self._path}:{name}"
                yield Entry(found.image_id, place, found.captions, found.metadata, read)

    def _walk(self) -> Iterator[tuple[tarfile.TarInfo, PurePosixPath, tarfile.TarFile]]:
        try:
            with tarfile.open(self._path) as archive:
                for member in archive:
                    name = _name(member.name)
                    if member.isfile() and name is not None:
                        yield member, name, archive
                    # Else the archive keeps every member it has met.
                    archive.members.clear()  # type: ignore[attr-defined]  # typeshed leaves it out
        except _DAMAGED as error:
            raise Misused(f"{self._path} is no whole tar archive: {error}") from error

    def _read(self, archive: tarfile.TarFile, member: tarfile.TarInfo, most: int) -> bytes:
        place = f"{self._path}:{member.name}"
        file = archive.extractfile(member)
        if file is None:
            raise Misused(f"{place} is no file.")
        with file:
            return _bounded(file, place, most)


def _bounded(file: IO[bytes], place: str, most: int) -> bytes:
    """The whole file. What a header says of its size is not believed."""
    data = file.read(most + 1)
    if len(data) > most:
        raise Misused(f"{place} has more than {most:,} bytes.")
    return data


def _name(text: str) -> PurePosixPath | None:
    """The name of a member below the archive's top; None for an absolute one.

    One with `..` is left out with the hidden ones: it begins with a dot.
    """
    name = PurePosixPath(text)
    return None if name.is_absolute() else name


def _some(placed: Iterator[Named], path: Path) -> list[Named]:
    found = list(placed)
    if not found:
        raise Misused(f"There is no picture in {path}.")
    return found
