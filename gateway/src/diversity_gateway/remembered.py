"""What was read of the catalogue, held for as long as the file says the same: rows read lately, and every id.

SQLite tells each connection whether another one has committed since (`PRAGMA data_version`, 4 µs), whichever
process that was. After a commit only the rows whose change number is new are forgotten.
"""

import sqlite3
import threading
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from diversity_contracts.problems import NotReady
from diversity_gateway.catalogue_rows import Blanks, Sought
from diversity_gateway.database import Database
from diversity_gateway.entries import Entry, Presence, Snapshot
from diversity_gateway.roster import ABSENT, BLANK, SHOWS, UNTOLD, Roster

MOST = 32_768  # entries; about 1 kB each
Read = Callable[[sqlite3.Connection, Collection[str]], list[Entry]]
Pass = Callable[[sqlite3.Connection, Sought], set[str]]
Found = TypeVar("Found")
_LINES = "SELECT image_id, deleted, blank FROM images LEFT JOIN appearances USING (content_hash) WHERE"


class Remembered:
    """Over one connection of its own. Safe to call from any thread.

    Args:
        read: those of the given ids that are in the catalogue.
        passing: those of the pictures sought that are there and pass.
    """

    def __init__(self, database: Database, read: Read, passing: Pass, most: int = MOST) -> None:
        self._database, self._connection = database, database.connect()
        self._read, self._passing, self._most = read, passing, most
        self._lock = threading.Lock()
        self._closed = False
        self._seen: int | None = None
        self._version, self._size = 0, 0
        self._entries: dict[str, Entry] = {}
        self._roster: Roster | None = None

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
            return self._looked_up(image_ids)

    def recall(self, image_ids: Collection[str]) -> Snapshot | None:
        """The same without a wait: None where a row must be read, or another thread is at it."""
        with self._at_once() as free:
            found = self._held(image_ids) if free else {}
            whole = free and len(found) == len(image_ids)
            return Snapshot(self._version, self._size, found) if whole else None

    def presence(self, sought: Sought) -> Presence:
        """Which of those `sought` are there."""
        with self._lock, self._moment():
            return self._present(sought)

    def recall_joined(
        self, sought: Sought, read: Callable[[Presence], Found], shown: Callable[[Found], Collection[str]]
    ) -> tuple[Found, Snapshot] | None:
        """As `joined` without a wait, with those of the entries that are in memory; None where the presence
        must be read from the file, or another thread is at it."""
        with self._at_once() as free:
            if not free or self._roster is None or sought.wanted:
                return None
            held = sought.held_in == (self._version, self._size)
            looks = self._roster.of(sought.image_ids, held=held)
            if sought.blanks != "in" and (looks == UNTOLD).any():
                return None
            state = Snapshot(self._version, self._size)
            found = read(Presence(state, sought.image_ids, _there(looks, sought.blanks)))
            return found, Snapshot(self._version, self._size, self._held(shown(found)))

    def joined(
        self, sought: Sought, read: Callable[[Presence], Found], shown: Callable[[Found], Collection[str]]
    ) -> tuple[Found, Snapshot]:
        """What `read` makes of that presence, and the entries that `shown` names of it."""
        with self._lock, self._moment():
            found = read(self._present(sought))
            return found, self._looked_up(shown(found))

    def _looked_up(self, image_ids: Collection[str]) -> Snapshot:
        found = self._held(image_ids)
        if missing := [image_id for image_id in image_ids if image_id not in found]:
            read = {entry.image_id: entry for entry in self._read(self._connection, missing)}
            found |= read
            self._keep(read)
        return Snapshot(self._version, self._size, found)

    def _present(self, sought: Sought) -> Presence:
        if self._roster is None:
            self._roster = Roster(self._connection.execute(f"{_LINES} deleted = 0"))
        looks = self._roster.of(sought.image_ids)
        there = _there(looks, sought.blanks)
        # Looks may be told of a content later, without a change of the entry: of those the file is sought.
        open_ones = np.flatnonzero((looks != ABSENT) if sought.wanted else (looks == UNTOLD))
        if len(open_ones) and (sought.wanted or sought.blanks != "in"):
            some = [sought.image_ids[place] for place in open_ones.tolist()]
            passing = self._passing(self._connection, replace(sought, image_ids=some))
            there[open_ones] = [image_id in passing for image_id in some]
        return Presence(Snapshot(self._version, self._size), sought.image_ids, there)

    def _held(self, image_ids: Collection[str]) -> dict[str, Entry]:
        return {image_id: entry for image_id in image_ids if (entry := self._entries.get(image_id))}

    def _keep(self, read: dict[str, Entry]) -> None:
        # An appearance may be told of a content later, without a change of the entry: such are read again.
        self._entries.update((key, entry) for key, entry in read.items() if entry.appearance is not None)
        while len(self._entries) > self._most:
            del self._entries[next(iter(self._entries))]

    @contextmanager
    def _at_once(self) -> Iterator[bool]:
        """What is held, of one state, and whether it was to be had: another thread may be at it."""
        if not self._lock.acquire(blocking=False):
            yield False
            return
        try:
            if self._closed or self._database.told(self._connection) != self._seen:
                with self._moment():
                    yield True
            else:  # nothing is read, so no transaction is needed to read one state
                yield True
        finally:
            self._lock.release()

    @contextmanager
    def _moment(self) -> Iterator[None]:
        """One state of the file, which what is held agrees with."""
        if self._closed:
            raise NotReady("The gateway is stopping.", retry_after_s=5)
        with self._database.moment(self._connection) as connection:
            seen = self._database.told(connection)
            if seen != self._seen:
                self._follow(connection)
                self._seen = seen
            yield

    def _follow(self, connection: sqlite3.Connection) -> None:
        told = dict(connection.execute("SELECT key, value FROM meta WHERE key IN ('version', 'size')"))
        version, before = int(told["version"]), self._version
        self._version, self._size = version, int(told["size"])
        # A commit that no entry tells of, an earlier state put back, or more changes than are worth a look.
        if version < before:
            self._roster = None
        elif self._roster is not None:
            self._roster.follow(connection.execute(f"{_LINES} seq > ?", (before,)))
        if not before < version < before + self._most:
            self._entries.clear()
        elif self._entries:
            for (image_id,) in connection.execute("SELECT image_id FROM images WHERE seq > ?", (before,)):
                self._entries.pop(image_id, None)


def _there(looks: NDArray[np.int8], blanks: Blanks) -> NDArray[np.bool_]:
    if blanks == "in":
        return np.not_equal(looks, ABSENT)
    return np.equal(looks, BLANK if blanks == "only" else SHOWS)
