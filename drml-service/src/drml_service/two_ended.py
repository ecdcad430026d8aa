"""The index that scans eight-bit codes once for both ends, proven and rescored in float64.

Every row's distance is known within bounds after the scan. A row that is surely behind k others is out; what
is left is looked at again: the likeliest few by their distance, which narrows the bar, the others in float32,
and by their distance whatever that leaves. The answers are those of float64 brute force, ties by id.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from drml_service import scan, search
from drml_service.counting import percentiles_of
from drml_service.hits import hits
from drml_service.scan import Seen
from drml_service.search import End, Float32
from drml_service.searcher import Hit
from drml_service.selection import bar, first, kth, not_behind
from drml_service.table import Table

# Rows are measured by their distance at once when there are no more than this beyond what is asked for.
_FEW = 24


class TwoEndedSearcher:
    """One thread a query; several queries at once share one product of matrices."""

    def end(self, table: Table, query: Float32, n: int, end: End, *, own: int | None = None) -> list[Hit]:
        if len(table) == 0:
            return []
        return _EndSearch(table, query, scan.seen(table, query), n, own).hits(end)

    def both(
        self, table: Table, query: Float32, n: int, *, own: int | None = None
    ) -> tuple[list[Hit], list[Hit]]:
        """The `n` nearest and the `n` farthest, from one scan."""
        if len(table) == 0:
            return [], []
        asked = _EndSearch(table, query, scan.seen(table, query), n, own)
        return asked.hits("nearest"), asked.hits("farthest")

    def both_of_many(self, table: Table, queries: Float32, n: int) -> Iterator[tuple[list[Hit], list[Hit]]]:
        """The same for each of `queries` (k, r), read in one pass over the codes."""
        if table.segments is None:
            yield from (self.both(table, query, n) for query in queries)
            return
        every = scan.seen_by_many(table.segments, queries, len(table))
        for query, seen in zip(queries, every, strict=True):
            asked = _EndSearch(table, query, seen, n)
            yield asked.hits("nearest"), asked.hits("farthest")

    def measure(
        self, table: Table, query: Float32, rows: NDArray[np.intp], *, own: int | None = None
    ) -> list[Hit]:
        if len(rows) == 0:
            return []
        asked = search.exact_distances(query, table.vectors(rows))
        return hits(table.ids(rows), asked, percentiles_of(table, query, asked, own))


@dataclass(frozen=True, slots=True)
class _EndSearch:
    """One query after its scan: the `n` at either end; `own` is not counted."""

    table: Table
    query: Float32
    seen: Seen
    n: int
    own: int | None = None

    def hits(self, end: End) -> list[Hit]:
        counted = len(self.table) - (self.own is not None)
        wanted = min(self.n, counted)
        if wanted <= 0:
            return []
        rows = self._rows(wanted, end)
        distances, ids = search.exact_distances(self.query, self.table.vectors(rows)), self.table.ids(rows)
        order = search.ordered(distances, ids, end)
        percentiles = search.percentiles_at_end(distances[order], end, counted - 1)
        best = order[:wanted]
        return hits(ids[best], distances[best], percentiles[:wanted])

    def _rows(self, wanted: int, end: End) -> NDArray[np.intp]:
        """Every row at or before the `wanted`th place, ties with it included, and perhaps some more."""
        sure = self.seen.upper if end == "nearest" else self.seen.lower
        limit = bar(sure, wanted + (self.own is not None), end)
        rows = not_behind(self.seen.lower, self.seen.upper, limit, self.seen.slack, end)
        if self.own is not None:
            rows = rows[rows != self.own]
        return self._narrowed(rows, wanted, end) if len(rows) > wanted + _FEW else rows

    def _narrowed(self, rows: NDArray[np.intp], wanted: int, end: End) -> NDArray[np.intp]:
        """Those of `rows` that are not surely behind `wanted` of them."""
        lower, upper = self.seen.lower[rows], self.seen.upper[rows]
        likely = rows[first(lower + upper, wanted + _FEW // 4, end)]
        probed = search.exact_distances(self.query, self.table.vectors(likely))
        limit = search.scanned(kth(probed, wanted, end), self.seen.square, end)
        rows = rows[not_behind(lower, upper, limit, self.seen.slack, end)]
        if len(rows) <= wanted + _FEW:
            return rows
        full = scan.of_rows(self.table, self.query, rows)
        return rows[not_behind(full.lower, full.upper, limit, full.slack, end)]
