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
    """Several queries share one product of matrices. Torch's threads run it, one thread all else."""

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
        yield from ([list[Hit]() for _ in ends] for _ in queries)
        return
    if table.segments is None:
        every = np.arange(len(table))
        found: Iterator[list[Rows]] = iter([[every for _ in ends]] * len(queries))
    else:
        found = sifted(table.segments, queries, wanted + (own is not None), ends)
    for query, rows in zip(queries, found, strict=True):
        held = rows if own is None else [of_end[of_end != own] for of_end in rows]
        finals = _Finals.among(table, query, held, wanted, ends)
        yield [
            finals.ranked(last, end, wanted, counted - 1)
            for last, end in zip(finals.places, ends, strict=True)
        ]


@dataclass(frozen=True, slots=True)
class _Finals:
    """The rows whose distances decide: distances and ids (m,), and for each end the places of its own.

    Both ends' rows are fetched and measured together: a call costs more than the arithmetic on so few.
    """

    distances: Float64
    ids: NDArray[np.object_]
    places: list[Rows]

    @classmethod
    def among(
        cls, table: Table, query: Float32, rows: list[Rows], wanted: int, ends: Sequence[End]
    ) -> "_Finals":
        """Of each end's `rows` those that float32 does not show to be behind `wanted` others."""
        every = np.unique(np.concatenate(rows))
        gathered = table.augmented(every)
        full = scan.of_rows(query, gathered)
        last = []
        for end, of_end in zip(ends, rows, strict=True):
            places = np.searchsorted(every, of_end)
            lower, upper = full.lower[places], full.upper[places]
            limit = kth(upper if end == "nearest" else lower, wanted, end)
            last.append(places[not_behind(lower, upper, limit, full.slack, end)])
        deciding = np.unique(np.concatenate(last))
        return cls(
            search.exact_distances(query, gathered[deciding, :-1]),
            table.ids(every[deciding]),
            [np.searchsorted(deciding, of_end) for of_end in last],
        )

    def ranked(self, places: Rows, end: End, wanted: int, others: int) -> list[Hit]:
        """The answer at one end."""
        distances, ids = self.distances[places], self.ids[places]
        order = search.ordered(distances, ids, end)
        percentiles = search.percentiles_at_end(distances[order], end, others)
        best = order[:wanted]
        return hits(ids[best], distances[best], percentiles[:wanted])
