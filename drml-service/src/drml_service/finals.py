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
    distances = _distances(table, queries, lists)
    signs = np.array([1.0 if end == "nearest" else -1.0 for end in ends])
    numbers = lists.numbers
    keys = distances * signs[numbers % len(ends)]
    order = np.lexsort((keys, numbers))
    rows, keys = lists.rows[order], keys[order]
    starts = lists.edges[numbers]
    runs, lengths = _runs(keys, lists.edges)
    rows = _by_id(table, rows, runs, lengths)
    begin = np.repeat(runs, lengths)
    before, tied = begin - starts, np.repeat(lengths, lengths) - 1
    counted = others[lists.queries]
    closer = np.where(signs[numbers % len(ends)] > 0, before, counted - before - tied)
    first = np.arange(len(rows)) - starts < wanted
    percentiles = _mid_rank(closer[first], tied[first], counted[first])
    found = hits(table.ids(rows[first]), np.abs(keys[first]), percentiles)
    edges = np.concatenate([[0], np.cumsum(np.minimum(np.diff(lists.edges), wanted))]).tolist()
    return [found[start:stop] for start, stop in pairwise(edges)]


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


def _runs(keys: Float64, edges: Rows) -> tuple[Rows, Rows]:
    """Where runs of equal keys start, none of which goes past an edge, and how long they are."""
    begins = np.empty(len(keys), dtype=np.bool_)
    begins[1:] = keys[1:] != keys[:-1]
    begins[edges[:-1][np.diff(edges) > 0]] = True
    runs = np.flatnonzero(begins)
    return runs, np.diff(runs, append=len(keys))


def _by_id(table: Table, rows: Rows, runs: Rows, lengths: Rows) -> Rows:
    """The rows of each run in the order of their ids."""
    long = lengths > 1
    for start, length in zip(runs[long].tolist(), lengths[long].tolist(), strict=True):
        run = rows[start : start + length].copy()
        names = table.ids(run).tolist()
        rows[start : start + length] = run[sorted(range(length), key=names.__getitem__)]
    return rows
