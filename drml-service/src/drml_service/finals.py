"""The answers of several queries at once, from the rows that decide: measured by the definition, in order."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from diversity_view.ranks import mid_rank
from drml_service.compiled import compiled
from drml_service.hits import hits
from drml_service.search import End, Float32, Float64
from drml_service.searcher import Hit
from drml_service.settling import Addresses, row_at
from drml_service.sifting import Rows
from drml_service.table import Table

# Differences of 513 in float64: half a megabyte, which stays in the cache.
_AT_ONCE = 128


@dataclass(frozen=True, slots=True)
class Lists:
    """Lists of rows, one after the other: rows (m,), the query (m,) each is seen from, edges (l + 1,)."""

    rows: Rows
    queries: Rows
    edges: Rows

    @classmethod
    def of(cls, lists: Sequence[Sequence[Rows]]) -> "Lists":
        """From the lists of each query."""
        flat = [rows for of_query in lists for rows in of_query]
        lengths = np.array([len(rows) for rows in flat])
        queries = np.repeat(np.arange(len(lists)), [sum(map(len, of_query)) for of_query in lists])
        return cls(np.concatenate(flat), queries, np.concatenate([[0], np.cumsum(lengths)]))

    def __len__(self) -> int:
        return len(self.edges) - 1

    @property
    def numbers(self) -> Rows:
        """The list (m,) that each row is in."""
        return np.repeat(np.arange(len(self)), np.diff(self.edges))


def answers(
    table: Table, queries: Float32, lists: Lists, *, ends: Sequence[End], wanted: int, others: Rows
) -> list[list[Hit]]:
    """The `wanted` first of each list, with their percentiles.

    Args:
        queries: (k, r).
        lists: for each query one list for each of `ends`; complete, ties with the last wanted one included.
        others: (k,), the entries counted for each query, less one.
    """
    numbers = lists.numbers
    farthest = np.array([end == "farthest" for end in ends])[numbers % len(ends)]
    distances = _distances(table, queries, lists)
    keys = np.where(farthest, -distances, distances)
    order = np.lexsort((keys, numbers))
    rows, keys = lists.rows[order], keys[order]
    before, lengths = np.empty_like(rows), np.empty_like(rows)
    _count(keys, lists.edges, before, lengths)
    starts = lists.edges[numbers]
    _by_id(table, rows, starts + before, lengths)
    first = np.flatnonzero(np.arange(len(rows)) - starts < wanted)
    before, tied, counted = before[first], lengths[first] - 1, others[lists.queries[first]]
    closer = np.where(farthest[first], counted - before - tied, before)
    found = hits(table.ids(rows[first]), np.abs(keys[first]), _mid_rank(closer, tied, counted))
    edges = [0, *np.cumsum(np.minimum(np.diff(lists.edges), wanted)).tolist()]
    return [found[start:stop] for start, stop in pairwise(edges)]


@compiled
def _count(keys: Float64, edges: Rows, before: Rows, lengths: Rows) -> None:
    """How many of its list come before each run of equal keys (m,), and how many are in it."""
    for number in range(len(edges) - 1):
        start = edges[number]
        while start < edges[number + 1]:
            stop = start + 1
            while stop < edges[number + 1] and keys[stop] == keys[start]:
                stop += 1
            before[start:stop] = start - edges[number]
            lengths[start:stop] = stop - start
            start = stop


def _by_id(table: Table, rows: Rows, starts: Rows, lengths: Rows) -> None:
    """Bring the rows of each run, which starts at `starts`, in the order of their ids."""
    if lengths.max(initial=0) < 2:
        return
    for start in np.unique(starts[lengths > 1]).tolist():
        run = rows[start : start + lengths[start]].copy()
        names = table.ids(run).tolist()
        rows[start : start + len(run)] = run[sorted(range(len(run)), key=names.__getitem__)]


def _mid_rank(closer: Rows, tied: Rows, others: Rows) -> Float64:
    shares = np.empty(len(closer))
    for same in np.unique(others).tolist():  # two at most: with an entry of the query's own, and without
        chosen = others == same
        shares[chosen] = mid_rank(closer[chosen], tied[chosen], same)
    return shares


def _distances(table: Table, queries: Float32, lists: Lists) -> Float64:
    """As `search.exact_distances` defines them: the sum of each row's squares is numpy's."""
    wide = queries.astype(np.float64)
    distances = np.empty(len(lists.rows))
    space = np.empty((min(_AT_ONCE, len(lists.rows)), table.dimension))
    for start in range(0, len(distances), _AT_ONCE):
        inside = slice(start, start + _AT_ONCE)
        rows, seen_from = lists.rows[inside], lists.queries[inside]
        squares = space[: len(rows)]
        _square_differences(table.addresses, table.block_rows, rows, wide, seen_from, squares)
        np.sqrt(squares.sum(axis=1), out=distances[inside])
    return distances


@compiled
def _square_differences(  # noqa: PLR0917 - numba passes by position
    addresses: Addresses, block_rows: int, rows: Rows, queries: Float64, seen_from: Rows, squares: Float64
) -> None:
    for place in range(len(rows)):
        row = row_at(addresses, block_rows, rows[place], queries.shape[1] + 1)
        query = queries[seen_from[place]]
        for number in range(len(query)):
            difference = np.float64(row[number]) - query[number]
            squares[place, number] = difference * difference
