"""One pass over the codes for several queries at once: which rows may be among the k at either end.

Rows are taken in pieces that stay in the cache. Of a piece, the middle between the bounds is computed for
every row and query, and one error that covers all of its rows; the best so far give a bar, and what is not
surely behind it is kept. The bar only rises, so that at the end little is left that need not be looked at.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from drml_service import search
from drml_service.codes import BOUNDED, SCALE, UNDERFLOW, CodedQueries, code_queries
from drml_service.int8_products import products
from drml_service.search import End, Float32, Float64
from drml_service.segments import Segments

# Rows × queries of a piece: a float32 and an int32 for each, 2 MB; with less, bars are loose and calls many.
_PIECE = 262_144
# The best of every 64 rows: k of those are k rows, so that they are a bar for the k-th of all.
_GROUP = 64
Rows = NDArray[np.intp]


def sifted(segments: Segments, queries: Float32, depth: int, ends: Sequence[End]) -> Iterator[list[Rows]]:
    """For each of `queries` (k, r), and for each of `ends`, rows that hold the `depth` first and their ties.

    Args:
        depth: 1 or more; no fewer rows than there are.
    """
    coded = code_queries(segments.directions, queries)
    sieves = [_Sieve(depth, end, coded) for end in ends]
    first = 0
    for part in segments.parts:
        every = np.arange(len(queries))
        errors = _errors(coded, every, np.repeat(part.largest[:, None], len(queries), axis=1))[:, None]
        step = max(_PIECE // len(queries), 2_048)
        for start in range(0, len(part.codes), step):
            inside = slice(start, start + step)
            numbers = part.numbers[:, inside]
            middles = _middles(coded, numbers, products(coded.codes, part.codes[inside]))
            for sieve in sieves:
                sieve.take(first + start, middles, numbers, errors)
        first += len(part.codes)
    kept = [sieve.rows() for sieve in sieves]
    for number in range(len(queries)):
        yield [of_end[number] for of_end in kept]


def _errors(coded: CodedQueries, queries: Rows, numbers: Float32) -> Float64:
    """How far a bound is from the middle, (m,), for vectors with `numbers` (≥ 5, m), each from one query."""
    shares = coded.upper[queries].astype(np.float64)
    shares[:, 0] -= 1
    errors: Float64 = (shares * numbers[BOUNDED].T).sum(axis=1)
    return errors


def _middles(coded: CodedQueries, numbers: Float32, found: NDArray[np.int32]) -> Float32:
    """‖x‖² − 2 t s (d·c), (k, n)."""
    middles = found.astype(np.float32)
    middles *= numbers[SCALE]
    middles *= -coded.double_scales[:, None]
    middles += numbers[0]
    return middles


@dataclass(frozen=True, slots=True)
class _Kept:
    """Some rows, each from one of the queries: bounds on the values, (m,) each."""

    queries: Rows
    rows: Rows
    lower: Float64
    upper: Float64


class _Sieve:
    """What may be at one end. Values are negated for the farthest, so that less is always better."""

    def __init__(self, depth: int, end: End, coded: CodedQueries) -> None:
        self._depth, self._coded, self._count = depth, coded, len(coded.codes)
        self._sign = 1 if end == "nearest" else -1
        self._slack = (search.DEFINED * coded.squares + UNDERFLOW)[:, None]
        self._best = np.empty((self._count, 0))
        self._kept: list[_Kept] = []

    def take(self, first: int, middles: Float32, numbers: Float32, errors: Float64) -> None:
        """The rows from `first` on: `middles` (k, n), each within `errors` (k, 1), and their `numbers`."""
        best = _best_of_groups(middles, self._depth, self._sign).astype(np.float64)
        self._best = np.hstack([self._best, self._sign * best + errors + self._slack])
        if self._best.shape[1] > self._depth:
            self._best = np.partition(self._best, self._depth - 1, axis=1)[:, : self._depth]
        limits = (self._sign * (self._bar() + errors + self._slack)).astype(np.float32)
        # Away from the bar's side, which rounding to float32 may have taken them to.
        limits = np.nextafter(limits, np.float32(self._sign * np.inf))
        found = np.flatnonzero(middles <= limits if self._sign > 0 else middles >= limits)
        queries, columns = np.divmod(found, middles.shape[1])
        values = self._sign * middles.ravel()[found].astype(np.float64)
        error = _errors(self._coded, queries, numbers[:, columns]) + self._slack[queries, 0]
        self._kept.append(_Kept(queries, columns + first, values - error, values + error))

    def rows(self) -> list[Rows]:
        """For each query the rows that are not surely behind `depth` others, ascending."""
        queries = np.concatenate([kept.queries for kept in self._kept])
        rows = np.concatenate([kept.rows for kept in self._kept])
        lower = np.concatenate([kept.lower for kept in self._kept])
        upper = np.concatenate([kept.upper for kept in self._kept])
        order = np.argsort(queries, kind="stable")
        edges = np.searchsorted(queries[order], np.arange(self._count + 1)).tolist()
        result = []
        for start, stop in pairwise(edges):
            own = order[start:stop]
            place = min(self._depth, len(own)) - 1
            result.append(rows[own[lower[own] <= np.partition(upper[own], place)[place]]])
        return result

    def _bar(self) -> Float64:
        """A value that `depth` rows are sure not to be behind, (k, 1); none while fewer were seen."""
        if self._best.shape[1] < self._depth:
            return np.full((self._count, 1), np.inf)
        bar: Float64 = self._best.max(axis=1, keepdims=True)
        return bar


def _best_of_groups(middles: Float32, depth: int, sign: int) -> Float32:
    """Values of different rows (k, m), m ≥ `depth` where there are as many rows, the best among them."""
    groups = middles.shape[1] // _GROUP
    if groups < 4 * depth:
        return middles
    grouped = middles[:, : groups * _GROUP].reshape(len(middles), _GROUP, groups)
    best: Float32 = grouped.min(axis=1) if sign > 0 else grouped.max(axis=1)
    return best
