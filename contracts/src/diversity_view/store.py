"""The index on disk: contents, entries, and how far they stand, in one SQLite file per artifact."""

import json
import logging
import sqlite3
import threading
import zlib
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Generic, Protocol, Self, TypeVar

from diversity_view import store_file
from diversity_view.records import Batch, Entry, Indexed, Position
from diversity_view.store_file import DamagedStore

log = logging.getLogger(__name__)
Content = TypeVar("Content")
# The position and every entry to those of them that are kept elsewhere too, and need not be read.
Elsewhere = Callable[[Position, Mapping[str, Entry]], Collection[str]]
_CONTENT_OF = "SELECT content_hash FROM entries WHERE image_id = ?"


class Codec(Protocol[Content]):
    """What a view keeps of one content, as bytes."""

    def pack(self, content: Content) -> bytes:
        """`content` as bytes, the same on every machine."""

    def unpack(self, payload: bytes) -> Content:
        """The inverse; raises ValueError for what `pack` cannot have made."""


def index_file(folder: Path, artifact: str) -> Path:
    """Where the index of `artifact` is kept."""
    return folder / f"index-{artifact}.sqlite"


class Store(Generic[Content]):
    """The file `index-<artifact>.sqlite` in a state folder, which this process holds.

    A commit that returned outlives the process and the power (WAL with synchronous=FULL).
    """

    def __init__(
        self, path: Path, codec: Codec[Content], found: tuple[Position, dict[str, Indexed[Content]]]
    ) -> None:
        self._codec = codec
        self._found: tuple[Position, dict[str, Indexed[Content]]] | None = found
        self._writer = store_file.connect(path)
        self._reader = store_file.connect(path)
        self._reading = threading.Lock()

    @classmethod
    def open(
        cls,
        folder: Path,
        *,
        artifact: str,
        digest: str,
        codec: Codec[Content],
        elsewhere: Elsewhere = lambda *_: (),
    ) -> Self:
        """Open the artifact's store, or start an empty one.

        Args:
            folder: the state folder, made if missing.
            artifact: the artifact's version, which names the file.
            digest: of the artifact's manifest; a store of another one is not continued.
            elsewhere: tells which entries `load` may leave out.

        Raises:
            NotReady: the folder cannot be written.
            NoSpace: the disk is full.
        """
        folder.mkdir(parents=True, exist_ok=True)
        path = index_file(folder, artifact)
        found = store_file.open_file(path, digest, lambda database: _read(database, codec, elsewhere))
        return cls(path, codec, found)

    def load(self) -> tuple[Position, dict[str, Indexed[Content]]]:
        """Where the index stands, and every entry in the order of its last change; equal contents share one
        object. The first time what `open` has read, without what is kept elsewhere."""
        found, self._found = self._found, None
        return _read(self._writer, self._codec) if found is None else found

    def hashes(self, position: Position) -> dict[str, str] | None:
        """The content hash of every entry; None where the index no longer stands at `position`."""
        with self._reading, _moment(self._reader) as database:
            if _position(database) != position:
                return None
            return dict(database.execute("SELECT image_id, content_hash FROM entries"))

    def content(self, content_hash: str) -> Content | None:
        """What is kept of a content, or None."""
        with self._reading:
            query = "SELECT payload, crc FROM contents WHERE content_hash = ?"
            row = self._reader.execute(query, (content_hash,)).fetchone()
        try:
            return None if row is None else _unpacked(self._codec, content_hash, *row)
        except DamagedStore as error:  # whoever needs it makes it anew
            log.warning("a content of the index counts for nothing", extra={"reason": str(error)})
            return None

    def commit(self, batch: Batch[Content]) -> None:
        """Apply a batch whole or not at all; contents that nothing refers to any more go with it.

        Raises NoSpace, or NotReady when the file cannot be written for another reason.
        """
        self._found = None
        with store_file.failures(), store_file.transaction(self._writer) as database:
            if batch.reset:
                database.execute("DELETE FROM entries")
            touched = [*batch.deletes, *batch.entries]
            left = {row[0] for key in touched for row in database.execute(_CONTENT_OF, (key,))}
            database.executemany("DELETE FROM entries WHERE image_id = ?", [(key,) for key in batch.deletes])
            packed = {key: self._codec.pack(content) for key, content in batch.contents.items()}
            database.executemany(
                "INSERT OR REPLACE INTO contents VALUES (?, ?, ?)",
                [(key, payload, zlib.crc32(payload)) for key, payload in packed.items()],
            )
            database.executemany(
                "INSERT OR REPLACE INTO entries VALUES (?, ?, ?, ?)",
                [
                    (image_id, entry.content_hash, entry.seq, json.dumps(entry.captions))
                    for image_id, entry in batch.entries.items()
                ],
            )
            _drop_orphans(database, None if batch.reset else left)
            store_file.set_meta(database, {"applied": str(batch.position.applied)})
            if batch.position.catalogue_id is not None:
                store_file.set_meta(database, {"catalogue_id": batch.position.catalogue_id})

    def close(self) -> None:
        """Let go of the file."""
        self._reader.close()
        self._writer.close()


def _read(
    database: sqlite3.Connection, codec: Codec[Content], elsewhere: Elsewhere = lambda *_: ()
) -> tuple[Position, dict[str, Indexed[Content]]]:
    """What `load` gives. Raises DamagedStore."""
    position = _position(database)
    store_file.check(database, "entries")
    rows = database.execute(
        "SELECT image_id, content_hash, seq, captions FROM entries ORDER BY seq, image_id"
    )
    entries = {image_id: _entry(image_id, *row) for image_id, *row in rows}
    spared = elsewhere(position, entries)
    left = {key: entry for key, entry in entries.items() if key not in spared} if spared else entries
    contents = _some(database, codec, left) if spared else _all(database, codec, left)
    return position, {key: Indexed(contents[one.content_hash], one.captions) for key, one in left.items()}


def _all(
    database: sqlite3.Connection, codec: Codec[Content], entries: Mapping[str, Entry]
) -> dict[str, Content]:
    """Every content, and that all entries have theirs; those that nothing refers to are removed."""
    store_file.check(database, "contents")
    # SQLite has no checksums of its own: a flipped bit would rank wrongly for ever.
    contents = {
        content_hash: _unpacked(codec, content_hash, payload, crc)
        for content_hash, payload, crc in database.execute("SELECT content_hash, payload, crc FROM contents")
    }
    used = {entry.content_hash for entry in entries.values()}
    if lost := used - contents.keys():
        raise DamagedStore(f"{len(lost)} contents of entries are not there")
    if len(used) < len(contents):
        with store_file.transaction(database):
            database.execute(store_file.DROP_ORPHANS)
    return contents


def _some(
    database: sqlite3.Connection, codec: Codec[Content], entries: Mapping[str, Entry]
) -> dict[str, Content]:
    """The contents of `entries`."""
    contents = dict[str, Content]()
    for key in dict.fromkeys(entry.content_hash for entry in entries.values()):
        row = database.execute("SELECT payload, crc FROM contents WHERE content_hash = ?", (key,)).fetchone()
        if row is None:
            raise DamagedStore(f"the content {key} of an entry is not there")
        contents[key] = _unpacked(codec, key, *row)
    return contents


def _unpacked(codec: Codec[Content], content_hash: str, payload: bytes, crc: int) -> Content:
    if zlib.crc32(payload) != crc:
        raise DamagedStore(f"what is kept of {content_hash} is damaged")
    try:
        return codec.unpack(payload)
    except (TypeError, ValueError) as error:
        raise DamagedStore(f"what is kept of {content_hash} cannot be read") from error


def _entry(image_id: str, content_hash: str, seq: int, captions: str) -> Entry:
    try:
        return Entry(content_hash, seq, store_file.captions_in(captions))
    except (TypeError, ValueError) as error:
        raise DamagedStore(f"what is kept of {image_id} cannot be read") from error


def _position(database: sqlite3.Connection) -> Position:
    meta = dict(database.execute("SELECT name, value FROM meta"))
    if not meta.get("applied", "").isdecimal():
        raise DamagedStore("it does not say how far it stands")
    return Position(meta.get("catalogue_id"), int(meta["applied"]))


@contextmanager
def _moment(database: sqlite3.Connection) -> Iterator[sqlite3.Connection]:
    database.execute("BEGIN")
    try:
        yield database
    finally:
        database.execute("ROLLBACK")


def _drop_orphans(database: sqlite3.Connection, among: set[str] | None) -> None:
    """Looking only at what a batch touched keeps its cost off the catalogue's size."""
    if among is None:
        database.execute(store_file.DROP_ORPHANS)
    else:
        statement = store_file.DROP_ORPHANS + " AND content_hash = ?"
        database.executemany(statement, [(key,) for key in among])
