"""A folder of pictures, its sub-folders included."""

from collections.abc import Iterator
from functools import partial
from pathlib import Path, PurePosixPath

from diversity_client.errors import Misused
from diversity_client.pictures import read_picture
from diversity_client.sources.entry import Entry
from diversity_client.sources.tree import CAPTIONS_FILE, place_all


class Folder:
    """Raises Misused if there is no such folder, or no picture in it."""

    def __init__(self, root: Path, captions_file: str = CAPTIONS_FILE) -> None:
        self._root = root
        files = (path for path in root.rglob("*") if path.is_file())
        names = (PurePosixPath(path.relative_to(root).as_posix()) for path in files)
        self._pictures = list(place_all(names, self._read_text, captions_file))
        if not self._pictures:
            raise Misused(f"There is no picture in {root}.")

    def __len__(self) -> int:
        return len(self._pictures)

    def __iter__(self) -> Iterator[Entry]:
        for found in self._pictures:
            path = self._root / found.name
            yield Entry(
                found.image_id, str(path), found.captions, found.metadata, partial(read_picture, path)
            )

    def _read_text(self, name: PurePosixPath) -> str | None:
        path = self._root / name
        return path.read_text(encoding="utf-8", errors="replace") if path.is_file() else None
