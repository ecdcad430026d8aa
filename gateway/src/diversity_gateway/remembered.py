"""Rows of the catalogue that were read lately, held for as long as the file says the same of them.

SQLite tells each connection whether another one has committed since (`PRAGMA data_version`, 4 µs), whichever
process that was. After a commit only the rows whose change number is new are forgotten.
"""

import sqlite3
import threading
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager

from diversity_contracts.problems import NotReady
from diversity_gateway.database import Database
from diversity_gateway.entries import Entry, Snapshot

MOST = 32_768  # entries; about 1 kB each
Read = Callable[[sqlite3.Connection, Collection[str]], list[Entry]]


class Remembered:
    """Over one connection of its own. Safe to call from any thread.

    Args:
        read: those of the given ids that are in the catalogue.
    """

    def __init__(self, database: Database, read: Read, most: int = MOST) -> None:
        self._database, self._connection = database, database.connect()
        self._read, self._most = read, most
        self._lock = threading.Lock()
        self._closed = False
        self._seen: int | None = None
        self._version, self._size = 0, 0
        self._entries: dict[str, Entry] = {}

    def close(self) -> None:
        """Close the connection, once no thread works with it; who asks later gets NotReady."""
        with self._lock:
            self._closed = True
            self._connection.close()

    def state(self) -> Snapshot:
        """Version and size alone."""
        with self._lock, self._moment():
            return Snapshot(self._version, self._size)

    def lookup(self, image_ids: Collection[str]) -> Snapshot:
        """Those of `image_ids` that are there, and the state they stand in."""
        with self._lock, self._moment():
            found = self._held(image_ids)
            if missing := [image_id for image_id in image_ids if image_id not in found]:
                read = {entry.image_id: entry for entry in self._read(self._connection, missing)}
                found |= read
                self._keep(read)
            return Snapshot(self._version, self._size, found)

    def recall(self, image_ids: Collection[str]) -> Snapshot | None:
        """The same without a wait: None where a row must be read, or another thread is at it."""
        if not self._lock.acquire(blocking=False):
            return None
        try:
            with self._moment():
                found = self._held(image_ids)
                return Snapshot(self._version, self._size, found) if len(found) == len(image_ids) else None
        finally:
            self._lock.release()

    def _held(self, image_ids: Collection[str]) -> dict[str, Entry]:
        return {image_id: entry for image_id in image_ids if (entry := self._entries.get(image_id))}

    def _keep(self, read: dict[str, Entry]) -> None:
        # An appearance may be told of a content later, without a change of the entry: such are read again.
        self._entries.update((key, entry) for key, entry in read.items() if entry.appearance is not None)
        while len(self._entries) > self._most:
            del self._entries[next(iter(self._entries))]

    @contextmanager
    def _moment(self) -> Iterator[None]:
        """One state of the file, which what is held agrees with."""
        if self._closed:
            raise NotReady("The gateway is stopping.", retry_after_s=5)
        with self._database.moment(self._connection) as connection:
            seen = int(connection.execute("PRAGMA data_version").fetchone()[0])
            if seen != self._seen:
                self._follow(connection)
                self._seen = seen
            yield

    def _follow(self, connection: sqlite3.Connection) -> None:
        told = dict(connection.execute("SELECT key, value FROM meta WHERE key IN ('version', 'size')"))
        version, before = int(told["version"]), self._version
        self._version, self._size = version, int(told["size"])
        # A commit that no entry tells of, an earlier state put back, or more changes than are worth a look.
        if not before < version < before + self._most:
            self._entries.clear()
        elif self._entries:
            for (image_id,) in connection.execute("SELECT image_id FROM images WHERE seq > ?", (before,)):
                self._entries.pop(image_id, None)
