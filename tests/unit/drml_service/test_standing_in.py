"""One searcher answers until the other is made, and goes on where that fails."""

import threading

import numpy as np
import pytest

from drml_service.search import End, Float32
from drml_service.searcher import Hit
from drml_service.standing_in import StandIn
from drml_service.table import Table

TABLE, QUERY = Table(3), np.zeros(3, dtype=np.float32)


class Named:
    """Every hit has its name."""

    def __init__(self, name: str) -> None:
        self._hits = [Hit(name, 0.0, 0.5)]

    def end(self, table: Table, query: Float32, n: int, end: End, *, own: int | None = None) -> list[Hit]:
        return self._hits

    def measure(self, table: Table, query: Float32, rows: np.ndarray, *, own: int | None = None) -> list[Hit]:
        return self._hits


def asked(searcher: StandIn) -> list[str]:
    hits = searcher.end(TABLE, QUERY, 1, "nearest"), searcher.measure(TABLE, QUERY, np.arange(1))
    return [hit.image_id for of_call in hits for hit in of_call]


def test_the_other_one_answers_from_the_moment_that_it_is_made() -> None:
    leave = threading.Event()

    def make() -> Named:
        leave.wait()
        return Named("compiled")

    searcher = StandIn(Named("meanwhile"), make)
    assert asked(searcher) == ["meanwhile", "meanwhile"]
    leave.set()
    searcher.making.join()
    assert asked(searcher) == ["compiled", "compiled"]


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_where_making_fails_the_first_goes_on() -> None:
    def make() -> Named:
        raise OSError("no compiler here")

    searcher = StandIn(Named("meanwhile"), make)
    searcher.making.join()
    assert asked(searcher) == ["meanwhile", "meanwhile"]
