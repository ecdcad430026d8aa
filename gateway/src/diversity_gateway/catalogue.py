"""The catalogue in SQLite: one row a picture, each with the number of its latest change.

The rows are the change log: a tombstone stays where a picture was, so `WHERE seq > ? ORDER BY seq` takes a
reader from any earlier state to the present one, each picture once. Change numbers come from a counter in
the same transaction.
"""

# ruff: noqa: S608 - the texts put together are this module's own; every value is bound

import sqlite3
import uuid
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

from diversity_gateway.appearance import Appearance
from diversity_gateway.catalogue_rows import (
    APPEARANCES,
    COLUMNS,
    READ,
    TABLES,
    Blanks,
    Sought,
    condition,
    dump,
    entry_of,
)
from diversity_gateway.database import Database
from diversity_gateway.entries import Entry, Filter, Picture, Presence, Snapshot, Stored
from diversity_gateway.remembered import Found, Remembered

SCHEMA_VERSION = 1
_SCHEMA = """
CREATE TABLE IF NOT EXISTS meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS images (
    image_id TEXT PRIMARY KEY, content_hash TEXT, media_type TEXT, width INTEGER, height INTEGER, bytes
    INTEGER, captions TEXT NOT NULL, metadata TEXT NOT NULL, created TEXT NOT NULL, updated TEXT NOT NULL,
    seq INTEGER NOT NULL, deleted INTEGER NOT NULL
) WITHOUT ROWID;
CREATE UNIQUE INDEX IF NOT EXISTS images_by_change ON images (seq);
"""
# SQLite binds at most 32,766 variables a statement; ids of one question travel as one JSON array instead.
_AMONG = "image_id IN (SELECT value FROM json_each(?))"


class Catalogue:
    """The rows. Safe to call from any thread: one writer at a time, readers never wait for it.

    Args:
        path: the database file; made, with a new catalogue id, when it is not there.
        clock: the time written into `created` and `updated`.
    """

    def __init__(self, path: Path, clock: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._clock = clock
        self._database = Database(path, _SCHEMA + APPEARANCES)
        with self._database.writing() as connection:
            connection.execute(
                "INSERT OR IGNORE INTO meta VALUES"
                " ('schema', ?), ('catalogue_id', ?), ('version', '0'), ('size', '0')",
                (str(SCHEMA_VERSION), uuid.uuid4().hex),
            )
            found = self._meta(connection, "schema")
            self.catalogue_id = self._meta(connection, "catalogue_id")
        self._remembered = Remembered(self._database, self._among, self._passing)
        if found != str(SCHEMA_VERSION):
            raise RuntimeError(f"the catalogue has schema {found}; this code reads schema {SCHEMA_VERSION}")

    def close(self) -> None:
        """Close every connection; nothing may be asked afterwards."""
        self._remembered.close()
        self._database.close()

    def put(
        self,
        image_id: str,
        picture: Picture,
        captions: Sequence[str] | None = None,
        metadata: Mapping[str, str | int | float | bool] | None = None,
        looks: Appearance | None = None,
    ) -> Stored:
        """Add or replace a picture whose bytes are on disk already.

        What is None is left unsaid: it stays as it was if the bytes are the same, and is empty otherwise. A
        put that changes nothing takes no change number.
        """
        with self._database.writing() as connection:
            if looks is not None:
                connection.execute(
                    "INSERT OR IGNORE INTO appearances VALUES (?,?,?,?)",
                    (picture.content_hash, looks.shapes, looks.colours, int(looks.blank)),
                )
            before = self._one(connection, image_id)
            same = before is not None and before.picture == picture
            kept = before if same else None
            entry_captions = tuple(captions) if captions is not None else kept.captions if kept else ()
            entry_metadata = dict(metadata) if metadata is not None else dict(kept.metadata) if kept else {}
            if kept and kept.captions == entry_captions and dump(kept.metadata) == dump(entry_metadata):
                return Stored(kept, created=False, changed=False)
            seq, now = self._next(connection), self._clock().isoformat(timespec="milliseconds")
            created = before.created if before else now
            if before is None:
                self._resize(connection, +1)
            connection.execute(
                f"INSERT OR REPLACE INTO images ({COLUMNS}) VALUES (?,?,?,?,?,?,?,?,?,?,?,0)",
                (image_id, picture.content_hash, picture.media_type, picture.width, picture.height,
                picture.bytes,
                 dump(entry_captions), dump(entry_metadata), created, now, seq),
            )  # fmt: skip
            entry = self._one(connection, image_id)
            assert entry is not None  # noqa: S101 - written above, in the same transaction
            return Stored(entry, created=before is None, changed=True)

    def delete(self, image_id: str) -> int | None:
        """Leave a tombstone; its change number, or None where there is no such picture."""
        with self._database.writing() as connection:
            if self._one(connection, image_id) is None:
                return None
            seq = self._next(connection)
            connection.execute(
                "UPDATE images SET content_hash=NULL, media_type=NULL, width=NULL, height=NULL, bytes=NULL,"
                " captions='[]', metadata='{}', updated=?, seq=?, deleted=1 WHERE image_id=?",
                (self._clock().isoformat(timespec="milliseconds"), seq, image_id),
            )
            self._resize(connection, -1)
            return seq

    def get(self, image_id: str) -> Entry | None:
        """The picture's entry, if it is there."""
        return self._remembered.lookup([image_id]).entries.get(image_id)

    def page(self, after: str, limit: int) -> tuple[list[Entry], Snapshot]:
        """Up to `limit` entries with ids past `after`, by id."""
        with self._database.reading() as connection:
            rows = connection.execute(
                f"SELECT {READ} FROM {TABLES} WHERE deleted=0 AND image_id > ? ORDER BY image_id LIMIT ?",
                (after, limit),
            )
            entries = [entry_of(row) for row in rows]
            return entries, self._snapshot(connection, {entry.image_id: entry for entry in entries})

    def lookup(self, image_ids: Collection[str]) -> Snapshot:
        """Those of `image_ids` that are there, and the state they were read in."""
        return self._remembered.lookup(image_ids)

    def recall(self, image_ids: Collection[str]) -> Snapshot | None:
        """The same without a wait, for the event loop; None where a row must be read from the file."""
        return self._remembered.recall(image_ids)

    def presence(self, sought: Sought) -> Presence:
        """Which of those `sought` are there."""
        return self._remembered.presence(sought)

    def joined(
        self, sought: Sought, read: Callable[[Presence], Found], shown: Callable[[Found], Collection[str]]
    ) -> tuple[Found, Snapshot]:
        """What `read` makes of that presence, and the entries that `shown` names of it, all in one state."""
        return self._remembered.joined(sought, read, shown)

    def recall_joined(
        self, sought: Sought, read: Callable[[Presence], Found], shown: Callable[[Found], Collection[str]]
    ) -> tuple[Found, Snapshot] | None:
        """The same without a wait, with those of the entries that are in memory; None as for `recall`."""
        return self._remembered.recall_joined(sought, read, shown)

    def matching(self, wanted: Filter, limit: int, blanks: Blanks = "in") -> list[str]:
        """At most `limit` ids of pictures that pass `wanted`, by id."""
        only, values = condition(wanted, blanks)
        with self._database.reading() as connection:
            rows = connection.execute(
                f"SELECT image_id FROM {TABLES} WHERE deleted=0{only} ORDER BY image_id LIMIT ?",
                (*values, limit),
            )
            return [row[0] for row in rows]

    def count(self, wanted: Filter, blanks: Blanks = "in") -> int:
        """How many pictures pass `wanted`."""
        only, values = condition(wanted, blanks)
        with self._database.reading() as connection:
            query = f"SELECT count(*) FROM {TABLES} WHERE deleted=0{only}"
            return int(connection.execute(query, values).fetchone()[0])

    def changes(self, after: int, limit: int) -> list[Entry]:
        """The present state of up to `limit` pictures changed after change `after`, in order of change."""
        with self._database.reading() as connection:
            rows = connection.execute(
                f"SELECT {READ} FROM {TABLES} WHERE seq > ? ORDER BY seq LIMIT ?", (after, limit)
            )
            return [entry_of(row) for row in rows]

    def pending(self, applied: int) -> int:
        """How many pictures changed after change `applied`."""
        with self._database.reading() as connection:
            row = connection.execute("SELECT count(*) FROM images WHERE seq > ?", (applied,)).fetchone()
            return int(row[0])

    def state(self) -> Snapshot:
        """Version and size alone; no wait but for another thread's reading."""
        return self._remembered.state()

    def contents(self) -> set[str]:
        """Every content hash that an entry points to."""
        with self._database.reading() as connection:
            rows = connection.execute("SELECT DISTINCT content_hash FROM images WHERE deleted=0")
            return {row[0] for row in rows}

    def _among(self, connection: sqlite3.Connection, image_ids: Collection[str]) -> list[Entry]:
        rows = connection.execute(
            f"SELECT {READ} FROM {TABLES} WHERE deleted=0 AND {_AMONG}", (dump(list(image_ids)),)
        )
        return [entry_of(row) for row in rows]

    def _passing(self, connection: sqlite3.Connection, sought: Sought) -> set[str]:
        only, values = condition(sought.wanted, sought.blanks)
        rows = connection.execute(
            f"SELECT image_id FROM {TABLES} WHERE deleted=0{only} AND {_AMONG}",
            (*values, dump(list(sought.image_ids))),
        )
        return {row[0] for row in rows}

    def _one(self, connection: sqlite3.Connection, image_id: str) -> Entry | None:
        row = connection.execute(
            f"SELECT {READ} FROM {TABLES} WHERE image_id=? AND deleted=0", (image_id,)
        ).fetchone()
        return None if row is None else entry_of(row)

    def _next(self, connection: sqlite3.Connection) -> int:
        seq = int(self._meta(connection, "version")) + 1
        connection.execute("UPDATE meta SET value=? WHERE key='version'", (str(seq),))
        return seq

    def _resize(self, connection: sqlite3.Connection, step: int) -> None:
        """Counting the rows would cost each search a scan of the table."""
        connection.execute("UPDATE meta SET value = value + ? WHERE key='size'", (step,))

    def _meta(self, connection: sqlite3.Connection, key: str) -> str:
        row = connection.execute("SELECT value FROM meta WHERE key=?", (key,)).fetchone()
        return str(row[0])

    def _snapshot(self, connection: sqlite3.Connection, entries: dict[str, Entry]) -> Snapshot:
        version, size = int(self._meta(connection, "version")), int(self._meta(connection, "size"))
        return Snapshot(version=version, size=size, entries=entries)
