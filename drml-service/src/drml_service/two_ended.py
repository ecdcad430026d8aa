"""The index that scans eight-bit codes once for both ends, proven and rescored in float64.

Every row's distance is known within bounds after the scan. A row that is surely behind k others is out; what
is left is looked at again in float32, and what that leaves is measured by its distance. The answers are those
of float64 brute force, ties by id.
"""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Self

import numpy as np
from numpy.typing import NDArray

from drml_service import compiled, finals, scan, search, settling, sifting
from drml_service.codes import code_queries
from drml_service.counting import percentiles_of
from drml_service.finals import Lists
from drml_service.hits import hits
from drml_service.search import End, Float32
from drml_service.searcher import Hit
from drml_service.selection import kth, not_behind
from drml_service.sifting import ENDS, OVERFLOW, Rows
from drml_service.table import Table

NOBODY = np.empty(0, dtype=np.bool_)
# With fewer rows for each one that is wanted, most would pass the sieve: all are read instead.
_WORTH_A_SIEVE = 8


class TwoEndedSearcher:
    """One query takes one thread; several share one pass, or as many passes as there are `threads`."""

    def __init__(self, *, threads: int = 1) -> None:
        self._threads = threads
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="scan")

    @classmethod
    def prepared(cls, threads: int, cache: Path) -> Self:
        """One whose loops are compiled, from what an earlier start kept or anew: that takes seconds."""
        compiled.keep_in(cache)
        searcher = cls(threads=threads)
        drawn = np.random.default_rng(0).standard_normal((32, 2), dtype=np.float32)
        table = Table(2, learn_at=1).changed({str(row): vector for row, vector in enumerate(drawn)})
        for query in drawn[:1], drawn[: sifting.AT_ONCE]:
            list(searcher.both_of_many(table, query, 1))
        searcher.measure(table, drawn[0], np.arange(1))
        return searcher

    def end(self, table: Table, query: Float32, n: int, end: End, *, own: int | None = None) -> list[Hit]:
        return self._answers(table, query[None], n, [end], own)[0]

    def both(
        self, table: Table, query: Float32, n: int, *, own: int | None = None
    ) -> tuple[list[Hit], list[Hit]]:
        """The `n` nearest and the `n` farthest, from one scan."""
        nearest, farthest = self._answers(table, query[None], n, ENDS, own)
        return nearest, farthest

    def both_of_many(self, table: Table, queries: Float32, n: int) -> Iterator[tuple[list[Hit], list[Hit]]]:
        """The same for each of `queries` (k, r), read in one pass over the codes."""
        found = self._answers(table, queries, n, ENDS, None)
        return zip(found[::2], found[1::2], strict=True)

    def measure(
        self, table: Table, query: Float32, rows: NDArray[np.intp], *, own: int | None = None
    ) -> list[Hit]:
        if len(rows) == 0:
            return []
        asked = search.exact_distances(query, table.vectors(rows))
        return hits(table.ids(rows), asked, percentiles_of(table, query, asked, own))

    def _answers(
        self, table: Table, queries: Float32, n: int, ends: Sequence[End], own: int | None
    ) -> list[list[Hit]]:
        """For each of `queries` (k, r) the `n` at each of `ends`; `own`, of all of them, is not counted."""
        counted = len(table) - (own is not None)
        wanted = min(n, counted)
        if wanted <= 0:
            return [[] for _ in queries for _ in ends]
        owns = np.full(len(queries), -1 if own is None else own)
        groups = np.array_split(np.arange(len(queries)), self._groups(len(queries)))
        if len(groups) == 1:
            lists = _candidates(table, queries, wanted, ends, owns)
        else:
            parts = self._pool.map(
                lambda group: _candidates(table, queries[group], wanted, ends, owns[group]), groups
            )
            lists = [of_query for part in parts for of_query in part]
        others = np.full(len(queries), counted - 1)
        return finals.answers(table, queries, Lists.of(lists), ends=ends, wanted=wanted, others=others)

    def _groups(self, queries: int) -> int:
        return max(1, min(self._threads, queries // sifting.AT_ONCE))


def _candidates(
    table: Table, queries: Float32, depth: int, ends: Sequence[End], own: Rows
) -> list[list[Rows]]:
    """For each query and end the rows that may be among the `depth` first, ties included."""
    if table.segments is None or _WORTH_A_SIEVE * depth > len(table):
        return [
            _of_all(table, query, depth, ends, one) for query, one in zip(queries, own.tolist(), strict=True)
        ]
    coded = code_queries(table.segments.directions, queries)
    sieve = sifting.sifted(table.segments, coded, depth=depth, ends=ends, own=own, hidden=NOBODY)
    lists = settling.settled(table, queries, coded.squares, sieve)
    chosen = [ENDS.index(end) for end in ends]
    for query, end in np.argwhere(sieve.counts[:, chosen] == OVERFLOW).tolist():
        lists[query][chosen[end]] = _of_all(
            table, queries[query], depth, ends[end : end + 1], int(own[query])
        )[0]
    return [[of_query[end] for end in chosen] for of_query in lists]


def _of_all(table: Table, query: Float32, depth: int, ends: Sequence[End], own: int) -> list[Rows]:
    """The same for one query, from every number of every vector."""
    seen = scan.in_full(table, query)
    allowed = np.arange(len(table)) != own
    rows = np.flatnonzero(allowed)
    lower, upper = seen.lower[allowed], seen.upper[allowed]
    found = []
    for end in ends:
        limit = kth(upper if end == "nearest" else lower, depth, end)
        found.append(rows[not_behind(lower, upper, limit, seen.slack, end)])
    return found
