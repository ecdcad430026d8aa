"""The databases of a gateway's state, copied while it runs, checked and put back while it does not."""

import sqlite3
import uuid
from contextlib import closing
from pathlib import Path

from diversity_gateway.archive.index import ArchiveError

LOCK_TIMEOUT_S = 10.0  # for the gateway's own short transactions


def copy_online(source: Path, target: Path) -> None:
    """One consistent state of the database `source`, whoever writes to it meanwhile."""
    with closing(_open(source)) as reader, closing(sqlite3.connect(target)) as writer:
        reader.backup(writer)


def check(path: Path) -> None:
    """Raises ArchiveError unless the database is sound throughout."""
    try:
        with closing(_open(path)) as connection:
            found = connection.execute("PRAGMA integrity_check(1)").fetchone()[0]
    except sqlite3.DatabaseError as error:
        raise ArchiveError(f"{path.name} is not a database: {error}.") from error
    if found != "ok":
        raise ArchiveError(f"{path.name} is damaged: {found}.")


def renew(catalogue: Path) -> None:
    """Give the catalogue a new identity.

    A restored catalogue numbers its next changes as the lost one did; under the old identity a view that had
    seen those would take the new ones for them. Under a new one every view starts over.
    """
    with closing(_open(catalogue)) as connection, connection:
        connection.execute("UPDATE meta SET value=? WHERE key='catalogue_id'", (uuid.uuid4().hex,))


def release(path: Path) -> None:
    """Leave write-ahead mode, so that the file alone is the database.

    Raises ArchiveError while a process has it open.
    """
    try:
        with closing(_open(path, timeout=0.5)) as connection:
            connection.execute("PRAGMA journal_mode=DELETE")
    except sqlite3.OperationalError as error:
        raise ArchiveError(f"{path.name} is in use: stop the gateway first ({error}).") from error
    except sqlite3.DatabaseError:
        pass  # not a database: there is nothing in it that could be in use


def _open(path: Path, timeout: float = LOCK_TIMEOUT_S) -> sqlite3.Connection:
    """Never makes the file."""
    return sqlite3.connect(f"{path.absolute().as_uri()}?mode=rw", uri=True, timeout=timeout)
