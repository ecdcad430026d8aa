"""A searcher that another one stands in for until it is made: compiling its loops takes seconds."""

import threading
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from drml_service.search import End, Float32
from drml_service.searcher import Hit, Searcher, ends_of
from drml_service.table import Table


class StandIn:
    """Both give the same answers, so nobody notices the change but by the time. `making` ends after it.

    Where making fails, the other one stays; the thread's exception is printed as any thread's.
    """

    def __init__(self, meanwhile: Searcher, make: Callable[[], Searcher]) -> None:
        self._searcher, self._make = meanwhile, make
        # Nothing is lost where the process ends before it.
        self.making = threading.Thread(target=self._change, name="compiling", daemon=True)
        self.making.start()

    def end(self, table: Table, query: Float32, n: int, end: End, *, own: int | None = None) -> list[Hit]:
        return self._searcher.end(table, query, n, end, own=own)

    def ends(
        self, table: Table, queries: Float32, n: int, end: End, *, owns: Sequence[int | None]
    ) -> list[list[Hit]]:
        return ends_of(self._searcher, table, queries, n, end, owns=owns)

    def measure(
        self, table: Table, query: Float32, rows: NDArray[np.intp], *, own: int | None = None
    ) -> list[Hit]:
        return self._searcher.measure(table, query, rows, own=own)

    def _change(self) -> None:
        self._searcher = self._make()
