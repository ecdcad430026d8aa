"""Users' histories in SQLite, beside the catalogue: committed, and on disk, before `add` returns."""

import sqlite3
from collections.abc import Sequence
from pathlib import Path

from anyio import to_thread

from diversity_contracts.wire import MAX_HISTORY
from diversity_gateway.database import Database
from diversity_gateway.histories import SeenPicture

# Row numbers only grow, so they are the order of seeing; a picture that is seen again takes a new one.
_SCHEMA = """
CREATE TABLE IF NOT EXISTS seen (
    place INTEGER PRIMARY KEY AUTOINCREMENT, user_id TEXT NOT NULL, image_id TEXT NOT NULL,
    weight REAL NOT NULL, seen TEXT NOT NULL, UNIQUE (user_id, image_id)
);
CREATE INDEX IF NOT EXISTS seen_by_user ON seen (user_id, place);
"""


class HistoryFile:
    """Implements `histories.HistoryStore` over one file."""

    def __init__(self, path: Path) -> None:
        self._database = Database(path, _SCHEMA)

    def close(self) -> None:
        """Close every connection; nothing may be asked afterwards."""
        self._database.close()

    async def add(self, user_id: str, pictures: Sequence[SeenPicture]) -> int:
        """Append; what is older than the newest 1,000 goes."""
        return await to_thread.run_sync(self._add, user_id, pictures)

    async def read(self, user_id: str) -> list[SeenPicture]:
        """The newest last."""
        return await to_thread.run_sync(self._read, user_id)

    async def clear(self, user_id: str) -> None:
        """Delete the user's rows."""
        await to_thread.run_sync(self._clear, user_id)

    def _add(self, user_id: str, pictures: Sequence[SeenPicture]) -> int:
        with self._database.writing() as connection:
            connection.executemany(
                "INSERT OR REPLACE INTO seen (user_id, image_id, weight, seen) VALUES (?,?,?,?)",
                [(user_id, picture.image_id, picture.weight, picture.seen) for picture in pictures],
            )
            connection.execute(
                "DELETE FROM seen WHERE user_id=? AND place <= "
                "(SELECT place FROM seen WHERE user_id=? ORDER BY place DESC LIMIT 1 OFFSET ?)",
                (user_id, user_id, MAX_HISTORY),
            )
            return _count(connection, user_id)

    def _read(self, user_id: str) -> list[SeenPicture]:
        with self._database.reading() as connection:
            rows = connection.execute(
                "SELECT image_id, weight, seen FROM seen WHERE user_id=? ORDER BY place", (user_id,)
            )
            return [SeenPicture(*row) for row in rows]

    def _clear(self, user_id: str) -> None:
        with self._database.writing() as connection:
            connection.execute("DELETE FROM seen WHERE user_id=?", (user_id,))


def _count(connection: sqlite3.Connection, user_id: str) -> int:
    row = connection.execute("SELECT count(*) FROM seen WHERE user_id=?", (user_id,)).fetchone()
    return int(row[0])
