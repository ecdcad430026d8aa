"""The store's SQLite file: made, checked, set aside when damaged; one process at a time."""

import fcntl
import json
import logging
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO, TypeVar

from diversity_contracts.problems import NoSpace, NotReady

log = logging.getLogger(__name__)
FORMAT = "2"
_SCHEMA = (
    "CREATE TABLE contents "
    "(content_hash TEXT PRIMARY KEY, payload BLOB NOT NULL, crc INTEGER NOT NULL) WITHOUT ROWID",
    "CREATE TABLE entries (image_id TEXT PRIMARY KEY, content_hash TEXT NOT NULL, seq INTEGER NOT NULL, "
    "captions TEXT NOT NULL) WITHOUT ROWID",
    "CREATE INDEX entries_by_content ON entries (content_hash)",
    "CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID",
)
_TABLES = ("entries", "contents", "meta")
DROP_ORPHANS = (
    "DELETE FROM contents WHERE NOT EXISTS "
    "(SELECT 1 FROM entries WHERE entries.content_hash = contents.content_hash)"
)
# Trouble with the folder or the disk, not with what the file holds.
_NOT_DAMAGE = frozenset({
    sqlite3.SQLITE_BUSY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_NOMEM, sqlite3.SQLITE_PERM, sqlite3.SQLITE_READONLY,
})  # fmt: skip

Found = TypeVar("Found")


class DamagedStore(Exception):
    """The file holds what no store can have written."""


def open_file(path: Path, digest: str, read: Callable[[sqlite3.Connection], Found]) -> Found:
    """Leave a sound store of the artifact `digest` at `path`, an empty one where there was none; what `read`
    finds in it.

    A damaged file is set aside as `damaged.sqlite`: the index is derived and fed again.

    Args:
        read: raises DamagedStore for what no store can have written.

    Raises NoSpace or NotReady when the folder cannot be written.
    """
    with failures():
        try:
            return _prepared(path, digest, read)
        except (DamagedStore, sqlite3.DatabaseError) as error:
            if _code(error) in _NOT_DAMAGE:
                raise
            log.warning("the index is set aside and rebuilt", extra={"file": path.name, "reason": str(error)})
            _set_aside(path)
            return _prepared(path, digest, read)


def connect(path: Path) -> sqlite3.Connection:
    """A connection whose commits outlive the process and the power."""
    # One connection writes under the feed's lock, one reads under its own: both from pool threads.
    database = sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=10)
    database.execute("PRAGMA journal_mode=WAL")
    database.execute("PRAGMA synchronous=FULL")
    return database


def lock(path: Path) -> TextIO:
    """Hold the folder until the file is closed or the process ends. Raises NotReady if another one does."""
    handle = path.open("w")
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        handle.close()
        raise NotReady("Another process uses this state folder.") from error
    return handle


@contextmanager
def transaction(database: sqlite3.Connection) -> Iterator[sqlite3.Connection]:
    """All of the block or nothing."""
    database.execute("BEGIN IMMEDIATE")
    try:
        yield database
        database.execute("COMMIT")
    except BaseException:
        if database.in_transaction:
            database.execute("ROLLBACK")
        raise


@contextmanager
def failures() -> Iterator[None]:
    """SQLite's errors as the problems a caller can act on."""
    try:
        yield
    except sqlite3.Error as error:
        if _code(error) == sqlite3.SQLITE_FULL:
            raise NoSpace("There is no space left to keep the index.") from error
        raise NotReady("The index cannot be written.", retry_after_s=5) from error


def set_meta(database: sqlite3.Connection, values: Mapping[str, str]) -> None:
    """Replace entries of `meta`."""
    database.executemany("INSERT OR REPLACE INTO meta VALUES (?, ?)", values.items())


def captions_in(text: str) -> tuple[str, ...]:
    """The captions of an entry; raises ValueError for what no store can have written."""
    if text == "[]":  # most entries have none, and a start reads them all
        return ()
    listed = json.loads(text)
    if not isinstance(listed, list) or not all(isinstance(caption, str) for caption in listed):
        raise ValueError("the captions are no list of texts")
    return tuple(listed)


def _code(error: Exception) -> int:
    """The primary result code; an extended one carries it in its low byte."""
    return int(getattr(error, "sqlite_errorcode", 0)) & 0xFF


def _prepared(path: Path, digest: str, read: Callable[[sqlite3.Connection], Found]) -> Found:
    database = connect(path)
    try:
        if database.execute("SELECT count(*) FROM sqlite_master").fetchone()[0] == 0:
            with transaction(database):
                _make(database, digest)
        meta = dict(database.execute("SELECT name, value FROM meta"))
        if meta.get("format") != FORMAT or meta.get("artifact") != digest:
            with transaction(database):
                for table in _TABLES:
                    database.execute(f"DROP TABLE {table}")
                _make(database, digest)
        return read(database)
    finally:
        database.close()


def _make(database: sqlite3.Connection, digest: str) -> None:
    for statement in _SCHEMA:
        database.execute(statement)
    set_meta(database, {"format": FORMAT, "artifact": digest, "applied": "0"})


def check(database: sqlite3.Connection, table: str) -> None:
    """Raises DamagedStore where the table or its indexes are not well formed."""
    verdict = database.execute(f"PRAGMA quick_check({table})").fetchone()[0]
    if verdict != "ok":
        raise DamagedStore(verdict)


def _set_aside(path: Path) -> None:
    """Keep the last damaged file for whoever wants to look; its WAL would not fit a new file."""
    for suffix in ("-wal", "-shm"):
        path.with_name(path.name + suffix).unlink(missing_ok=True)
    path.replace(path.with_name("damaged.sqlite"))
