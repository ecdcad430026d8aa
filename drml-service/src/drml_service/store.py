"""The index on disk: contents, entries, and how far they stand, in one SQLite file per artifact."""

import logging
import sqlite3
import threading
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self, TextIO

import numpy as np

from drml_service import store_file
from drml_service.search import Float32

log = logging.getLogger(__name__)
_CONTENT_OF = "SELECT content_hash FROM entries WHERE image_id = ?"


@dataclass(frozen=True, slots=True)
class Position:
    """How far the index stands in which catalogue."""

    catalogue_id: str | None = None
    applied: int = 0


@dataclass(frozen=True, slots=True)
class Batch:
    """One transaction's worth of change."""

    position: Position
    contents: Mapping[str, Float32] = field(default_factory=dict)  # new vectors by content hash
    entries: Mapping[str, tuple[str, int]] = field(default_factory=dict)  # image_id: content hash, seq
    deletes: Sequence[str] = ()
    reset: bool = False


class Store:
    """The file `index-<artifact>.sqlite` in the state folder, held by this process alone.

    A commit that returned outlives the process and the power (WAL with synchronous=FULL).
    """

    def __init__(self, path: Path, held: TextIO) -> None:
        self._held = held
        self._writer = store_file.connect(path)
        self._reader = store_file.connect(path)
        self._reading = threading.Lock()

    @classmethod
    def open(cls, folder: Path, *, artifact: str, digest: str, dimension: int) -> Self:
        """Open the artifact's store, or start an empty one; those of other artifacts are removed.

        Args:
            folder: the state folder, made if missing.
            artifact: the artifact's version, which names the file.
            digest: of the artifact's manifest; a store of another one is not continued.
            dimension: r.

        Raises:
            NotReady: another process holds the folder, or it cannot be written.
            NoSpace: the disk is full.
        """
        folder.mkdir(parents=True, exist_ok=True)
        held = store_file.lock(folder / "lock")
        path = folder / f"index-{artifact}.sqlite"
        try:
            for other in folder.glob("index-*.sqlite*"):
                if not other.name.startswith(path.name):
                    log.info("removing the index of another artifact", extra={"file": other.name})
                    other.unlink()
            store_file.open_file(path, digest, dimension)
            return cls(path, held)
        except BaseException:
            held.close()
            raise

    def load(self) -> tuple[Position, dict[str, Float32]]:
        """Where the index stands, and the vector (r,) of every entry; equal contents share one array."""
        meta = dict(self._writer.execute("SELECT name, value FROM meta"))
        contents = {
            content_hash: _vector(blob)
            for content_hash, blob in self._writer.execute("SELECT content_hash, vector FROM contents")
        }
        rows = self._writer.execute("SELECT image_id, content_hash FROM entries ORDER BY seq, image_id")
        entries = {image_id: contents[content_hash] for image_id, content_hash in rows}
        return Position(meta.get("catalogue_id"), int(meta["applied"])), entries

    def vector(self, content_hash: str) -> Float32 | None:
        """The vector (r,) of a content, or None."""
        with self._reading:
            query = "SELECT vector FROM contents WHERE content_hash = ?"
            row = self._reader.execute(query, (content_hash,)).fetchone()
        return None if row is None else _vector(row[0])

    def commit(self, batch: Batch) -> None:
        """Apply a batch whole or not at all; contents that nothing refers to any more go with it.

        Raises NoSpace, or NotReady when the file cannot be written for another reason.
        """
        with store_file.failures(), store_file.transaction(self._writer) as database:
            if batch.reset:
                database.execute("DELETE FROM entries")
            touched = [*batch.deletes, *batch.entries]
            left = {row[0] for key in touched for row in database.execute(_CONTENT_OF, (key,))}
            database.executemany("DELETE FROM entries WHERE image_id = ?", [(key,) for key in batch.deletes])
            database.executemany(
                "INSERT OR IGNORE INTO contents VALUES (?, ?, ?)",
                [(key, *_packed(vector)) for key, vector in batch.contents.items()],
            )
            database.executemany(
                "INSERT OR REPLACE INTO entries VALUES (?, ?, ?)",
                [(image_id, *entry) for image_id, entry in batch.entries.items()],
            )
            _drop_orphans(database, None if batch.reset else left)
            store_file.set_meta(database, {"applied": str(batch.position.applied)})
            if batch.position.catalogue_id is not None:
                store_file.set_meta(database, {"catalogue_id": batch.position.catalogue_id})

    def close(self) -> None:
        """Let go of the file and the folder."""
        self._reader.close()
        self._writer.close()
        self._held.close()


def _drop_orphans(database: sqlite3.Connection, among: set[str] | None) -> None:
    """Looking only at what a batch touched keeps its cost off the catalogue's size."""
    if among is None:
        database.execute(store_file.DROP_ORPHANS)
    else:
        statement = store_file.DROP_ORPHANS + " AND content_hash = ?"
        database.executemany(statement, [(key,) for key in among])


def _packed(vector: Float32) -> tuple[bytes, int]:
    blob = np.ascontiguousarray(vector, dtype="<f4").tobytes()
    return blob, zlib.crc32(blob)


def _vector(blob: bytes) -> Float32:
    return np.frombuffer(blob, dtype="<f4").astype(np.float32)
