"""Names of files as catalogue entries: ids from paths, captions from the texts beside them. Pure.

The same rule for a folder, an archive and a table: the id is the path below the top without its suffix
(with it, where two pictures would share an id); the folder is the metadata's `class`. Captions come from the
nearest token file at or above the picture that names it, by path or by bare file name, else from the `.txt`
beside it.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath

from diversity_client.answers import Metadata
from diversity_client.sources.captions import first_line, of_token_file

SUFFIXES = frozenset({".jpg", ".jpeg", ".png", ".webp", ".gif", ".bmp", ".tif", ".tiff"})
CAPTIONS_FILE = "captions.txt"
TOP = PurePosixPath()
ReadText = Callable[[PurePosixPath], str | None]


@dataclass(frozen=True, slots=True)
class Named:
    """A file's place in the catalogue."""

    name: PurePosixPath
    image_id: str
    captions: tuple[str, ...] | None
    metadata: Metadata | None


def is_picture(name: PurePosixPath) -> bool:
    """Whether a file of this name is looked at: a picture's suffix, and nothing hidden on the way."""
    return name.suffix.lower() in SUFFIXES and not any(part.startswith(".") for part in name.parts)


def ids_of(names: Iterable[PurePosixPath]) -> dict[PurePosixPath, str]:
    """An id for each of the distinct `names`."""
    distinct = list(dict.fromkeys(names))
    stems = Counter(_stem(name) for name in distinct)
    return {name: _stem(name) if stems[_stem(name)] == 1 else name.as_posix() for name in distinct}


def place_all(
    names: Iterable[PurePosixPath], read_text: ReadText, captions_file: str = CAPTIONS_FILE
) -> Iterator[Named]:
    """The pictures among `names`, by id. `read_text` gives a file's text, None where there is no file."""
    ids = ids_of(name for name in names if is_picture(name))
    captions = _Captions(read_text, captions_file)
    for name, image_id in sorted(ids.items(), key=lambda pair: pair[1]):
        folder = name.parent
        said: Metadata | None = None if folder == TOP else {"class": folder.as_posix()}
        yield Named(name, image_id, captions.of(name) or None, said)


class _Captions:
    """Each token file is read once."""

    def __init__(self, read_text: ReadText, captions_file: str) -> None:
        self._read_text, self._captions_file = read_text, captions_file
        self._by_folder: dict[PurePosixPath, Mapping[str, tuple[str, ...]]] = {}

    def of(self, picture: PurePosixPath) -> tuple[str, ...]:
        for folder in picture.parents:
            named = self._named_in(folder)
            found = named.get(picture.relative_to(folder).as_posix()) or named.get(picture.name)
            if found:
                return found
        beside = picture.with_suffix(".txt")
        text = None if beside.name == self._captions_file else self._read_text(beside)
        line = None if text is None else first_line(text)
        return () if line is None else (line,)

    def _named_in(self, folder: PurePosixPath) -> Mapping[str, tuple[str, ...]]:
        if folder not in self._by_folder:
            text = self._read_text(folder / self._captions_file)
            self._by_folder[folder] = {} if text is None else of_token_file(text)
        return self._by_folder[folder]


def _stem(name: PurePosixPath) -> str:
    return name.with_suffix("").as_posix()
