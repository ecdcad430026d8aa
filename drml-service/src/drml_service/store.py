"""The index on disk: contents, entries, and how far they stand, in one SQLite file per artifact."""

import fcntl
import logging
import sqlite3
import threading
import zlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self, TextIO

import numpy as np

from diversity_contracts.problems import NoSpace, NotReady
from drml_service.search import Float32

log = logging.getLogger(__name__)
FORMAT = "1"
_SCHEMA = """
CREATE TABLE contents (content_hash TEXT PRIMARY KEY, vector BLOB NOT NULL, crc INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE entries (image_id TEXT PRIMARY KEY, content_hash TEXT NOT NULL, seq INTEGER NOT NULL) WITHOUT ROWID;
CREATE INDEX entries_by_content ON entries (content_hash);
CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
"""
_CONTENT_OF = "SELECT content_hash FROM entries WHERE image_id = ?"
_DROP_ORPHANS = (
    "DELETE FROM contents WHERE NOT EXISTS "
    "(SELECT 1 FROM entries WHERE entries.content_hash = contents.content_hash)"
)
_OF_THIS_CONTENT = " AND content_hash = ?"


class CorruptStore(Exception):
    """The file is no store, or what it holds cannot have been written by one."""


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
    """One file `index-<artifact>.sqlite` in the state folder; everything else there is removed.

    Durable: WAL with synchronous=FULL, so a commit that returned outlives the process and the power. One
    process at a time, held by a lock on `lock`.
    """

    def __init__(self, path: Path, dimension: int, lock: TextIO) -> None:
        self._path, self._dimension, self._lock_file = path, dimension, lock
        self._writer = _connect(path)
        self._reader = _connect(path)
        self._reading = threading.Lock()

    @classmethod
    def open(cls, folder: Path, *, artifact: str, digest: str, dimension: int) -> Self:
        """Open the artifact's store, or start an empty one.

        Args:
            folder: the state folder, made if missing.
            artifact: the artifact's version, which names the file.
            digest: of the artifact's manifest; a store of another one is not continued.
            dimension: r.

        Raises:
            NotReady: another process holds the folder.
        """
        folder.mkdir(parents=True, exist_ok=True)
        lock = _locked(folder / "lock")
        path = folder / f"index-{artifact}.sqlite"
        for other in folder.glob("index-*.sqlite*"):
            if not other.name.startswith(path.name):
                log.info("removing the index of another artifact", extra={"file": other.name})
                other.unlink()
        try:
            _prepare(path, digest, dimension)
        except (CorruptStore, sqlite3.DatabaseError) as error:
            if _is_full(error):
                raise NoSpace("There is no space left to keep the index.") from error
            log.warning("the index is set aside and rebuilt", extra={"file": path.name, "reason": str(error)})
            _set_aside(path)
            _prepare(path, digest, dimension)
        return cls(path, dimension, lock)

    def load(self) -> tuple[Position, dict[str, Float32]]:
        """Where the index stands, and every entry's vector (r,) by image_id; equal contents share one array."""
        meta = dict(self._writer.execute("SELECT name, value FROM meta"))
        contents = {
            content_hash: np.frombuffer(blob, dtype="<f4").astype(np.float32)
            for content_hash, blob in self._writer.execute("SELECT content_hash, vector FROM contents")
        }
        rows = self._writer.execute("SELECT image_id, content_hash FROM entries ORDER BY seq, image_id")
        entries = {image_id: contents[content_hash] for image_id, content_hash in rows}
        return Position(meta.get("catalogue_id"), int(meta["applied"])), entries

    def vector(self, content_hash: str) -> Float32 | None:
        """The vector (r,) of a content, or None."""
        with self._reading:
            row = self._reader.execute(
                "SELECT vector FROM contents WHERE content_hash = ?", (content_hash,)
            ).fetchone()
        return None if row is None else np.frombuffer(row[0], dtype="<f4").astype(np.float32)

    def commit(self, batch: Batch) -> None:
        """Apply a batch whole or not at all.

        Raises:
            NoSpace: the disk is full.
            NotReady: the file cannot be written for another reason.
        """
        with _failures(), _transaction(self._writer) as database:
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
            if batch.reset:
                database.execute(_DROP_ORPHANS)
            else:
                # Looking only at what these entries pointed to keeps a batch's cost off the catalogue's size.
                database.executemany(_DROP_ORPHANS + _OF_THIS_CONTENT, [(key,) for key in left])
            _set_meta(database, "catalogue_id", batch.position.catalogue_id)
            _set_meta(database, "applied", str(batch.position.applied))

    def close(self) -> None:
        """Let go of the file and the folder."""
        self._reader.close()
        self._writer.close()
        self._lock_file.close()


def _packed(vector: Float32) -> tuple[bytes, int]:
    blob = np.ascontiguousarray(vector, dtype="<f4").tobytes()
    return blob, zlib.crc32(blob)


def _set_meta(database: sqlite3.Connection, name: str, value: str | None) -> None:
    if value is None:
        database.execute("DELETE FROM meta WHERE name = ?", (name,))
    else:
        database.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (name, value))


def _connect(path: Path) -> sqlite3.Connection:
    # One connection writes under the engine's lock, one reads under its own: both from pool threads.
    database = sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=10)
    database.execute("PRAGMA journal_mode=WAL")
    database.execute("PRAGMA synchronous=FULL")
    return database


def _locked(path: Path) -> TextIO:
    handle = path.open("w")
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        handle.close()
        raise NotReady("Another process uses this state folder.") from error
    return handle


def _prepare(path: Path, digest: str, dimension: int) -> None:
    """Leave a sound store of artifact `digest` at `path`; raises CorruptStore or sqlite3.DatabaseError."""
    database = _connect(path)
    try:
        if database.execute("SELECT count(*) FROM sqlite_master").fetchone()[0] == 0:
            with _transaction(database):
                for statement in _SCHEMA.strip().split(";\n"):
                    database.execute(statement)
                for name, value in (("format", FORMAT), ("artifact", digest), ("applied", "0")):
                    _set_meta(database, name, value)
            return
        meta = dict(database.execute("SELECT name, value FROM meta"))
        if meta.get("format") != FORMAT or meta.get("artifact") != digest:
            with _transaction(database):
                for table in ("entries", "contents", "meta"):
                    database.execute(f"DELETE FROM {table}")  # noqa: S608  names from the line above
                for name, value in (("format", FORMAT), ("artifact", digest), ("applied", "0")):
                    _set_meta(database, name, value)
            return
        _check(database, meta, dimension)
        with _transaction(database):
            database.execute(_DROP_ORPHANS)
    finally:
        database.close()


def _check(database: sqlite3.Connection, meta: Mapping[str, str], dimension: int) -> None:
    verdict = database.execute("PRAGMA quick_check(1)").fetchone()[0]
    if verdict != "ok":
        raise CorruptStore(verdict)
    if not meta.get("applied", "").isdecimal():
        raise CorruptStore("it does not say how far it stands")
    for content_hash, blob, crc in database.execute("SELECT content_hash, vector, crc FROM contents"):
        if len(blob) != 4 * dimension or zlib.crc32(blob) != crc:
            raise CorruptStore(f"the vector of {content_hash} is damaged")
    lost = database.execute(
        "SELECT count(*) FROM entries LEFT JOIN contents USING (content_hash) WHERE vector IS NULL"
    ).fetchone()[0]
    if lost:
        raise CorruptStore(f"{lost} entries have no vector")


def _set_aside(path: Path) -> None:
    """Keep the last damaged file for whoever wants to look; its WAL would not fit a new file."""
    for suffix in ("-wal", "-shm"):
        path.with_name(path.name + suffix).unlink(missing_ok=True)
    path.replace(path.with_name("damaged.sqlite"))


@contextmanager
def _transaction(database: sqlite3.Connection) -> Iterator[sqlite3.Connection]:
    database.execute("BEGIN IMMEDIATE")
    try:
        yield database
        database.execute("COMMIT")
    except BaseException:
        if database.in_transaction:
            database.execute("ROLLBACK")
        raise


def _is_full(error: Exception) -> bool:
    return getattr(error, "sqlite_errorcode", None) == sqlite3.SQLITE_FULL


@contextmanager
def _failures() -> Iterator[None]:
    try:
        yield
    except sqlite3.Error as error:
        if _is_full(error):
            raise NoSpace("There is no space left to keep the index.") from error
        raise NotReady("The index cannot be written.", retry_after_s=5) from error
