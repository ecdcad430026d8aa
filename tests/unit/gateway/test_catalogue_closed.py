"""The catalogue is closed while threads still work with it: they end well, and nobody begins any more.

A task that is cancelled leaves its thread behind. Closing a connection that such a thread worked with ended
the process with a segmentation fault.
"""

import sqlite3
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from diversity_contracts.problems import NotReady
from diversity_gateway.catalogue import Catalogue
from diversity_gateway.database import Database
from diversity_gateway.entries import Picture

PICTURE = Picture("a" * 64, "image/png", 1, 1, 10)


def test_who_reads_reads_to_the_end(tmp_path: Path) -> None:
    database = Database(tmp_path / "d.sqlite", "CREATE TABLE t (x); INSERT INTO t VALUES (7);")
    with database.reading() as connection:
        database.close()
        assert connection.execute("SELECT x FROM t").fetchone() == (7,)
    with pytest.raises(sqlite3.ProgrammingError, match="closed"):
        connection.execute("SELECT x FROM t")


def test_closing_waits_for_who_writes(tmp_path: Path) -> None:
    database = Database(tmp_path / "d.sqlite", "CREATE TABLE t (x);")
    with database.writing() as connection:
        closing = threading.Thread(target=database.close)
        closing.start()
        connection.execute("INSERT INTO t VALUES (7)")
        assert closing.is_alive()
    closing.join()
    with sqlite3.connect(tmp_path / "d.sqlite") as again:
        assert again.execute("SELECT x FROM t").fetchall() == [(7,)]
    again.close()


@pytest.mark.parametrize(
    "call",
    [
        lambda catalogue: catalogue.state(),
        lambda catalogue: catalogue.lookup(["a"]),
        lambda catalogue: catalogue.recall(["a"]),
        lambda catalogue: catalogue.changes(0, 10),
        lambda catalogue: catalogue.put("b", PICTURE),
        lambda catalogue: catalogue.delete("a"),
    ],
)
def test_nobody_begins_after_that(tmp_path: Path, call: Callable[[Catalogue], object]) -> None:
    catalogue = Catalogue(tmp_path / "c.sqlite")
    catalogue.put("a", PICTURE)
    catalogue.close()
    with pytest.raises(NotReady):
        call(catalogue)
