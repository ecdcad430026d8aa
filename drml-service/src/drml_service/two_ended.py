"""The index that scans eight-bit codes once for both ends, proven and rescored in float64.

Every row's distance is known within bounds after the scan. A row that is surely behind k others is out; what
is left is looked at again in float32, and what that leaves is measured by its distance. The answers are those
of float64 brute force, ties by id.
"""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
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

    def end(
        self,
        table: Table,
        query: Float32,
        n: int,
        end: End,
        *,
        own: int | None = None,
        hidden: NDArray[np.bool_] = NOBODY,
    ) -> list[Hit]:
        """As every searcher; rows where `hidden` (n,) are counted, but not returned."""
        return self._answers(table, query[None], _Wish(n, [end], hidden), own)[0]

    def both(
        self,
        table: Table,
        query: Float32,
        n: int,
        *,
        own: int | None = None,
        hidden: NDArray[np.bool_] = NOBODY,
    ) -> tuple[list[Hit], list[Hit]]:
        """The `n` nearest and the `n` farthest, from one scan."""
        nearest, farthest = self._answers(table, query[None], _Wish(n, ENDS, hidden), own)
        return nearest, farthest

    def ends(
        self, table: Table, queries: Float32, n: int, end: End, *, owns: Sequence[int | None]
    ) -> list[list[Hit]]:
        """As `SearcherOfMany`: one pass over the codes."""
        if n >= len(table) - 1:  # an own row would change how many there are
            return [self.end(table, query, n, end, own=own) for query, own in zip(queries, owns, strict=True)]
        rows = np.array([-1 if own is None else own for own in owns])
        return self._lists(table, queries, _Wish(n, [end], NOBODY), rows)

    def both_of_many(self, table: Table, queries: Float32, n: int) -> Iterator[tuple[list[Hit], list[Hit]]]:
        """The same for each of `queries` (k, r), read in one pass over the codes."""
        found = self._answers(table, queries, _Wish(n, ENDS, NOBODY), None)
        return zip(found[::2], found[1::2], strict=True)

    def measure(
        self, table: Table, query: Float32, rows: NDArray[np.intp], *, own: int | None = None
    ) -> list[Hit]:
        if len(rows) == 0:
            return []
        asked = search.exact_distances(query, table.vectors(rows))
        return hits(table.ids(rows), asked, percentiles_of(table, query, asked, own))

    def _answers(self, table: Table, queries: Float32, wish: "_Wish", own: int | None) -> list[list[Hit]]:
        """For each of `queries` (k, r) a list for each end; `own`, of all of them, is not counted."""
        wish = replace(wish, wanted=min(wish.wanted, _shown(len(table), own, wish.hidden)))
        if wish.wanted <= 0:
            return [[] for _ in queries for _ in wish.ends]
        found = self._lists(table, queries, wish, np.full(len(queries), -1 if own is None else own))
        return found if len(wish.hidden) == 0 else [_among_all(table, queries[0], end, own) for end in found]

    def _lists(self, table: Table, queries: Float32, wish: "_Wish", owns: Rows) -> list[list[Hit]]:
        """For each of `queries` (k, r), none of which counts its row in `owns` (k,; −1 for none), a list for
        each end; percentiles are among the rows that are not hidden."""
        groups = np.array_split(np.arange(len(queries)), self._groups(len(queries)))
        if len(groups) == 1:
            lists = _candidates(table, queries, owns, wish)
        else:
            parts = self._pool.map(
                lambda group: _candidates(table, queries[group], owns[group], wish), groups
            )
            lists = [of_query for part in parts for of_query in part]
        others = len(table) - 1 - (owns >= 0)
        return finals.answers(
            table, queries, Lists.of(lists), ends=wish.ends, wanted=wish.wanted, others=others
        )

    def _groups(self, queries: int) -> int:
        return max(1, min(self._threads, queries // sifting.AT_ONCE))


@dataclass(frozen=True, slots=True)
class _Wish:
    """So many rows at each of `ends`, none of those where `hidden` (n,); (0,) hides none."""

    wanted: int
    ends: Sequence[End]
    hidden: NDArray[np.bool_]


def _candidates(table: Table, queries: Float32, own: Rows, wish: _Wish) -> list[list[Rows]]:
    """For each query and end the rows that may be among the wanted ones, ties included."""
    if table.segments is None or _WORTH_A_SIEVE * wish.wanted > len(table):
        return [_of_all(table, query, one, wish) for query, one in zip(queries, own.tolist(), strict=True)]
    coded = code_queries(table.segments.directions, queries)
    sieve = sifting.sifted(
        table.segments, coded, depth=wish.wanted, ends=wish.ends, own=own, hidden=wish.hidden
    )
    lists = settling.settled(table, queries, coded.squares, sieve)
    chosen = [ENDS.index(end) for end in wish.ends]
    for query, end in np.argwhere(sieve.counts[:, chosen] == OVERFLOW).tolist():
        one = replace(wish, ends=wish.ends[end : end + 1])
        lists[query][chosen[end]] = _of_all(table, queries[query], int(own[query]), one)[0]
    return [[of_query[end] for end in chosen] for of_query in lists]


def _of_all(table: Table, query: Float32, own: int, wish: _Wish) -> list[Rows]:
    """The same for one query, from every number of every vector."""
    seen = scan.in_full(table, query)
    allowed = np.arange(len(table)) != own
    if len(wish.hidden):
        allowed &= ~wish.hidden
    rows = np.flatnonzero(allowed)
    lower, upper = seen.lower[allowed], seen.upper[allowed]
    found = []
    for end in wish.ends:
        limit = kth(upper if end == "nearest" else lower, wish.wanted, end)
        found.append(rows[not_behind(lower, upper, limit, seen.slack, end)])
    return found


def _shown(count: int, own: int | None, hidden: NDArray[np.bool_]) -> int:
    """How many rows may be returned."""
    counted = count - (own is not None)
    if len(hidden) == 0:
        return counted
    return counted - int(hidden.sum()) + (own is not None and bool(hidden[own]))


def _among_all(table: Table, query: Float32, found: list[Hit], own: int | None) -> list[Hit]:
    """The hits with their percentiles among all rows: what is hidden was not in the lists."""
    distances = np.array([hit.distance for hit in found])
    percentiles = percentiles_of(table, query, distances, own).tolist() if found else []
    return [hit._replace(percentile=share) for hit, share in zip(found, percentiles, strict=True)]
