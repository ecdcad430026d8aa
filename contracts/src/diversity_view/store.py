"""The index on disk: contents, entries, and how far they stand, in one SQLite file per artifact."""

import json
import sqlite3
import threading
import zlib
from pathlib import Path
from typing import Generic, Protocol, Self, TypeVar

from diversity_view import store_file
from diversity_view.records import Batch, Indexed, Position

Content = TypeVar("Content")
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

    def __init__(self, path: Path, codec: Codec[Content]) -> None:
        self._codec = codec
        self._writer = store_file.connect(path)
        self._reader = store_file.connect(path)
        self._reading = threading.Lock()

    @classmethod
    def open(cls, folder: Path, *, artifact: str, digest: str, codec: Codec[Content]) -> Self:
        """Open the artifact's store, or start an empty one.

        Args:
            folder: the state folder, made if missing.
            artifact: the artifact's version, which names the file.
            digest: of the artifact's manifest; a store of another one is not continued.

        Raises:
            NotReady: the folder cannot be written.
            NoSpace: the disk is full.
        """
        folder.mkdir(parents=True, exist_ok=True)
        path = index_file(folder, artifact)
        store_file.open_file(path, digest, codec.unpack)
        return cls(path, codec)

    def load(self) -> tuple[Position, dict[str, Indexed[Content]]]:
        """Where the index stands, and every entry in the order of its last change; equal contents share one
        object."""
        meta = dict(self._writer.execute("SELECT name, value FROM meta"))
        contents = {
            content_hash: self._codec.unpack(payload)
            for content_hash, payload in self._writer.execute("SELECT content_hash, payload FROM contents")
        }
        entries = {
            image_id: Indexed(contents[content_hash], store_file.captions_in(captions))
            for image_id, content_hash, captions in self._writer.execute(
                "SELECT image_id, content_hash, captions FROM entries ORDER BY seq, image_id"
            )
        }
        return Position(meta.get("catalogue_id"), int(meta["applied"])), entries

    def content(self, content_hash: str) -> Content | None:
        """What is kept of a content, or None."""
        with self._reading:
            query = "SELECT payload FROM contents WHERE content_hash = ?"
            row = self._reader.execute(query, (content_hash,)).fetchone()
        return None if row is None else self._codec.unpack(row[0])

    def commit(self, batch: Batch[Content]) -> None:
        """Apply a batch whole or not at all; contents that nothing refers to any more go with it.

        Raises NoSpace, or NotReady when the file cannot be written for another reason.
        """
        with store_file.failures(), store_file.transaction(self._writer) as database:
            if batch.reset:
                database.execute("DELETE FROM entries")
            touched = [*batch.deletes, *batch.entries]
            left = {row[0] for key in touched for row in database.execute(_CONTENT_OF, (key,))}
            database.executemany("DELETE FROM entries WHERE image_id = ?", [(key,) for key in batch.deletes])
            packed = {key: self._codec.pack(content) for key, content in batch.contents.items()}
            database.executemany(
                "INSERT OR IGNORE INTO contents VALUES (?, ?, ?)",
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


def _drop_orphans(database: sqlite3.Connection, among: set[str] | None) -> None:
    """Looking only at what a batch touched keeps its cost off the catalogue's size."""
    if among is None:
        database.execute(store_file.DROP_ORPHANS)
    else:
        statement = store_file.DROP_ORPHANS + " AND content_hash = ?"
        database.executemany(statement, [(key,) for key in among])
