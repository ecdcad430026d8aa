"""The SQLite file under the catalogue: connections, transactions, its errors translated.

WAL with synchronous=FULL: a committed row survives a power cut, and readers never wait for the writer.
"""

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from diversity_contracts.problems import NoSpace, NotReady

LOCK_TIMEOUT_S = 10.0  # for another process on the same file, say a backup


class Database:
    """One file, one writer at a time, as many readers as threads ask."""

    def __init__(self, path: Path, schema: str) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._path = path
        self._idle: list[sqlite3.Connection] = []
        self._write_lock = threading.Lock()
        self._closed = False
        self._writer = self.connect()
        self._writer.executescript(schema)

    def close(self) -> None:
        """Close every connection, one in use when it comes back: SQLite's end the process when one thread
        closes what another works with, and a thread outlives the task that was cancelled over it."""
        with self._write_lock:
            self._closed = True
            self._writer.close()
        self._close_idle()

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """A transaction: committed, and on disk, when the block ends; undone when it raises."""
        with self._write_lock, _translated():
            self._check()
            self._writer.execute("BEGIN IMMEDIATE")
            try:
                yield self._writer
                self._writer.execute("COMMIT")
            except BaseException:
                if self._writer.in_transaction:
                    self._writer.execute("ROLLBACK")
                raise

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """A connection whose statements all see one state."""
        connection = self._borrow()
        try:
            with self.moment(connection):
                yield connection
        finally:
            self._idle.append(connection)
            if self._closed:
                self._close_idle()

    @contextmanager
    def moment(self, connection: sqlite3.Connection) -> Iterator[sqlite3.Connection]:
        """A connection of the caller's, whose statements within the block all see one state."""
        with _translated():
            connection.execute("BEGIN")
            try:
                yield connection
            finally:
                connection.execute("ROLLBACK")

    def told(self, connection: sqlite3.Connection) -> int:
        """Another number once another connection has committed, whichever process that was."""
        with _translated():
            return int(connection.execute("PRAGMA data_version").fetchone()[0])

    def _borrow(self) -> sqlite3.Connection:
        try:
            return self._idle.pop()
        except IndexError:
            return self.connect()

    def _close_idle(self) -> None:
        with suppress(IndexError):
            while True:
                self._idle.pop().close()

    def _check(self) -> None:
        if self._closed:
            raise NotReady("The gateway is stopping.", retry_after_s=5)

    def connect(self) -> sqlite3.Connection:
        """A further connection, which is the caller's to close. Raises NotReady after `close`."""
        self._check()
        connection = sqlite3.connect(
            self._path, timeout=LOCK_TIMEOUT_S, isolation_level=None, check_same_thread=False
        )
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=FULL")
        return connection


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode == sqlite3.SQLITE_FULL:
            raise NoSpace("The disk that holds the catalogue is full.") from error
        if error.sqlite_errorcode & 0xFF in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}:
            raise NotReady("The catalogue is locked by another process.", retry_after_s=1) from error
        raise
