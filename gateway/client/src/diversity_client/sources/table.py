"""A table with a row for each picture, or for each caption of one: paths, ids, captions, metadata.

Rows of one picture that follow one another are one entry with all their captions, as in Flickr8k's
`image,caption`. Every column that is neither path, id nor caption is metadata.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, time
from decimal import Decimal
from functools import partial
from itertools import groupby
from math import isfinite
from pathlib import Path, PurePosixPath

from diversity_client.answers import Metadata
from diversity_client.errors import Misused
from diversity_client.pictures import read_picture
from diversity_client.sources.captions import tidy
from diversity_client.sources.entry import Entry, Unusable
from diversity_client.sources.tree import ids_of

Row = Mapping[str, object]
PATHS = ("path", "image", "file", "filename", "file_name", "image_path")
IDS = ("image_id", "id")
CAPTIONS = ("caption", "captions", "caption_text")


@dataclass(frozen=True, slots=True)
class Columns:
    """Which column says what; the rest is metadata."""

    path: str
    image_id: str | None
    captions: tuple[str, ...]
    metadata: tuple[str, ...]


def choose_columns(
    names: Sequence[str],
    path: str | None = None,
    image_id: str | None = None,
    captions: Sequence[str] = (),
) -> Columns:
    """The columns called for, else those with a usual name. Raises Misused."""
    for asked in (path, image_id, *captions):
        if asked is not None and asked not in names:
            raise Misused(f"There is no column {asked!r}; there are {', '.join(names)}.")
    place = path or next((name for name in PATHS if name in names), None)
    if place is None:
        raise Misused(f"No column holds paths ({', '.join(PATHS)}); there are {', '.join(names)}.")
    key = image_id or next((name for name in IDS if name in names), None)
    words = tuple(captions) or tuple(name for name in CAPTIONS if name in names)
    rest = tuple(name for name in names if name not in {place, key, *words})
    return Columns(place, key, words, rest)


@dataclass(slots=True)
class Table:
    """A table whose `rows` can be gone through again; relative paths begin at `root`."""

    rows: Callable[[], Iterator[Row]]
    columns: Columns
    root: Path
    _ids: dict[PurePosixPath, str] = field(init=False)
    _size: int = field(init=False)

    def __post_init__(self) -> None:
        groups = [key for key, _ in self._groups()]
        self._size = len(groups)
        own = self.columns.image_id is None
        self._ids = ids_of(PurePosixPath(key) for key in groups if key) if own else {}

    def __len__(self) -> int:
        return self._size

    def __iter__(self) -> Iterator[Entry | Unusable]:
        told = set[str]()
        for key, rows in self._groups():
            number, first = rows[0]
            place = f"row {number}"
            if not key:
                yield Unusable(place, "The row names no picture.")
            elif key in told:
                yield Unusable(place, f"An earlier row is about {key!r} already; bring its rows together.")
            else:
                told.add(key)
                yield self._entry(key, first, [row for _, row in rows], place)

    def _entry(self, key: str, first: Row, rows: list[Row], place: str) -> Entry | Unusable:
        text = _text(first.get(self.columns.path))
        if not text:
            return Unusable(place, "The row has no path.")
        try:
            metadata = _metadata(first, self.columns.metadata)
        except Misused as error:
            return Unusable(place, str(error))
        image_id = self._ids[PurePosixPath(key)] if self.columns.image_id is None else key
        captions = [caption for row in rows for caption in _captions(row, self.columns.captions)]
        return Entry(
            image_id,
            f"{place}, {text}",
            tuple(dict.fromkeys(captions)) if self.columns.captions else None,
            metadata if self.columns.metadata else None,
            partial(read_picture, self.root / text),
        )

    def _groups(self) -> Iterator[tuple[str, list[tuple[int, Row]]]]:
        """Neighbouring rows of one picture, numbered from 1."""
        key = self.columns.image_id or self.columns.path
        pairs = enumerate(self.rows(), start=1)
        for name, group in groupby(pairs, lambda pair: _text(pair[1].get(key))):
            rows = list(group)
            if name:
                yield name, rows
            else:  # rows that name nothing are not about the same picture
                yield from ((name, [row]) for row in rows)


def _text(value: object) -> str:
    return "" if value is None else str(value).strip()


def _captions(row: Row, columns: Sequence[str]) -> Iterator[str]:
    for column in columns:
        value = row.get(column)
        for text in value if isinstance(value, list) else [value]:
            if caption := tidy(_text(text)):
                yield caption


def _metadata(row: Row, columns: Sequence[str]) -> Metadata:
    """Of one row; what is empty is left out. Raises Misused for what no metadata can hold."""
    found: Metadata = {}
    for column in columns:
        value = row.get(column)
        if value is None or value == "" or (isinstance(value, float) and not isfinite(value)):
            continue
        if isinstance(value, date | time | Decimal):
            value = str(value)
        if not isinstance(value, str | int | float | bool):
            raise Misused(f"The column {column!r} holds {type(value).__name__}, which metadata cannot.")
        found[column] = value
    return found
