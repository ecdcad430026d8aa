"""The index that scans eight-bit codes once for both ends, proven and rescored in float64.

Every row's distance is known within bounds after the scan. A row that is surely behind k others is out; what
is left is looked at again in float32, and what that leaves is measured by its distance. The answers are those
of float64 brute force, ties by id.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from drml_service import scan, search
from drml_service.counting import percentiles_of
from drml_service.hits import hits
from drml_service.search import End, Float32, Float64
from drml_service.searcher import Hit
from drml_service.selection import kth, not_behind
from drml_service.sifting import Rows, sifted
from drml_service.table import Table

_BOTH: tuple[End, End] = ("nearest", "farthest")


class TwoEndedSearcher:
    """One thread a query; several queries at once share one product of matrices."""

    def end(self, table: Table, query: Float32, n: int, end: End, *, own: int | None = None) -> list[Hit]:
        return next(_answers(table, query[None], n, [end], own))[0]

    def both(
        self, table: Table, query: Float32, n: int, *, own: int | None = None
    ) -> tuple[list[Hit], list[Hit]]:
        """The `n` nearest and the `n` farthest, from one scan."""
        nearest, farthest = next(_answers(table, query[None], n, _BOTH, own))
        return nearest, farthest

    def both_of_many(self, table: Table, queries: Float32, n: int) -> Iterator[tuple[list[Hit], list[Hit]]]:
        """The same for each of `queries` (k, r), read in one pass over the codes."""
        for answers in _answers(table, queries, n, _BOTH, None):
            yield answers[0], answers[1]

    def measure(
        self, table: Table, query: Float32, rows: NDArray[np.intp], *, own: int | None = None
    ) -> list[Hit]:
        if len(rows) == 0:
            return []
        asked = search.exact_distances(query, table.vectors(rows))
        return hits(table.ids(rows), asked, percentiles_of(table, query, asked, own))


def _answers(
    table: Table, queries: Float32, n: int, ends: Sequence[End], own: int | None
) -> Iterator[list[list[Hit]]]:
    """For each of `queries` (k, r) the `n` at each of `ends`; `own`, of all of them, is not counted."""
    counted = len(table) - (own is not None)
    wanted = min(n, counted)
    if wanted <= 0:
        yield from ([[] for _ in ends] for _ in queries)
        return
    if table.segments is None:
        every = np.arange(len(table))
        found: Iterator[list[Rows]] = iter([[every for _ in ends]] * len(queries))
    else:
        found = sifted(table.segments, queries, wanted + (own is not None), ends)
    for query, rows in zip(queries, found, strict=True):
        finalists = [
            _Finalists.among(table, query, of_end if own is None else of_end[of_end != own], wanted, end)
            for end, of_end in zip(ends, rows, strict=True)
        ]
        # Measured together: a call costs more than the arithmetic on so few rows.
        measured = search.exact_distances(query, np.concatenate([each.vectors for each in finalists]))
        edges = np.cumsum([len(each.rows) for each in finalists])[:-1]
        yield [
            each.ranked(table, distances, wanted, counted - 1)
            for each, distances in zip(finalists, np.split(measured, edges), strict=True)
        ]


@dataclass(frozen=True, slots=True)
class _Finalists:
    """The rows whose distances decide, at one end, and their vectors (m, r)."""

    end: End
    rows: Rows
    vectors: Float32

    @classmethod
    def among(cls, table: Table, query: Float32, rows: Rows, wanted: int, end: End) -> "_Finalists":
        """Those of `rows` that float32 does not show to be behind `wanted` others."""
        gathered = table.augmented(rows)
        full = scan.of_rows(query, gathered)
        limit = kth(full.upper if end == "nearest" else full.lower, wanted, end)
        last = not_behind(full.lower, full.upper, limit, full.slack, end)
        return cls(end, rows[last], gathered[last, :-1])

    def ranked(self, table: Table, distances: Float64, wanted: int, others: int) -> list[Hit]:
        """The answer, from the distances (m,)."""
        ids = table.ids(self.rows)
        order = search.ordered(distances, ids, self.end)
        percentiles = search.percentiles_at_end(distances[order], self.end, others)
        best = order[:wanted]
        return hits(ids[best], distances[best], percentiles[:wanted])
