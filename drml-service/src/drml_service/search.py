"""The arithmetic of exact search: distances, percentiles, order, and how far a float32 scan may be off.

The distance between a query q and a stored x, both float32, *is* sqrt(Σ(q − x)²) evaluated in float64. A scan
ranks by ‖x‖² − 2q·x instead, in float32, and may be wrong by `scan_error`; whatever the scan cannot decide
beyond that bound is decided by the distance.
"""

from collections.abc import Sequence
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from diversity_view.ranks import in_order, mid_rank

Float32 = NDArray[np.float32]
Float64 = NDArray[np.float64]
Ids = NDArray[np.object_]
End = Literal["nearest", "farthest"]

# Unit roundoffs, and the absolute error of one float32 product whose result is flushed to zero.
_U32, _U64, _FLUSHED = 2.0**-24, 2.0**-53, 2.0**-126
# Past this squared length, 2q·x and ‖x‖² come near float32's largest number, 3.4e38.
LARGEST_SQUARE = 1e30
# A distance's square is off by 2 (r + 8) 2⁻⁵³ (‖q‖ + ‖x‖)² at most: for r ≤ 4,096 less than this share of
# ‖q‖² + d², and of ‖q‖² + ‖x‖².
DEFINED = 1e-11
_CHUNK = 4_096


def exact_distances(query: Float32, vectors: Float32) -> Float64:
    """The distances from `query` (r,) to the rows of `vectors` (n, r), by their definition.

    Each row's sum runs over contiguous memory, so it does not depend on the row's neighbors: equal
    vectors tie exactly, whichever rows they are fetched with.
    """
    distances = np.empty(len(vectors))
    wide = query.astype(np.float64)
    for start in range(0, len(vectors), _CHUNK):  # 4,096 rows of 512 in float64 are 16 MB
        difference = vectors[start : start + _CHUNK].astype(np.float64, order="C")
        difference -= wide
        np.square(difference, out=difference)
        np.sqrt(difference.sum(axis=1), out=distances[start : start + _CHUNK])
    return distances


def pairwise_distances(vectors: Sequence[Float32 | None]) -> list[list[float | None]]:
    """The distances between vectors (r,), row by row; null beside a missing one.

    A thousand vectors of 512 take about 1.5 s: each pair by the definition, so that equal vectors are at 0.
    """
    places = [place for place, vector in enumerate(vectors) if vector is not None]
    present = [vector for vector in vectors if vector is not None]
    distances = np.zeros((len(present), len(present)))
    for row, vector in enumerate(present[:-1]):
        distances[row, row + 1 :] = exact_distances(vector, np.stack(present[row + 1 :]))
    distances += distances.T
    table: list[list[float | None]] = [[None] * len(vectors) for _ in vectors]
    for place, values in zip(places, distances.tolist(), strict=True):
        for other, value in zip(places, values, strict=True):
            table[place][other] = value
    return table


def squared_norms(vectors: Float32) -> Float64:
    """‖x‖² of each row of (n, r)."""
    squares: Float64 = np.square(vectors.astype(np.float64)).sum(axis=1)
    return squares


def augment(vectors: Float32) -> Float32:
    """Rows x (n, r) as (x, ‖x‖²), (n, r + 1)."""
    return np.column_stack([vectors, squared_norms(vectors).astype(np.float32)])


def augmented_query(query: Float32, end: End) -> Float32:
    """`augmented_queries` of one, (r,) to (r + 1,)."""
    augmented: Float32 = augmented_queries(query[None], end)[0]
    return augmented


def augmented_queries(queries: Float32, end: End) -> Float32:
    """Vectors (k, r + 1) whose inner products with (x, ‖x‖²) are largest at the wanted end.

    (−2q, 1) gives ‖x‖² − 2q·x = d² − ‖q‖²; for the nearest, (2q, −1) gives its negative. Doubling is
    exact in float32.
    """
    farthest = np.hstack([-2 * queries, np.ones((len(queries), 1), dtype=np.float32)], dtype=np.float32)
    return farthest if end == "farthest" else -farthest


def scan_error(dimension: int, query_norm: float, largest_norm: float) -> float:
    """How far d² − ‖q‖² as a float32 scan finds it may be from d² as the distance defines it.

    The scan sums r + 1 products in float32, in any order, with or without fused operations. Its error is at
    most γ_{r+1} Σ|u_i v_i|, γ_n = nu/(1 − nu) (Higham, Accuracy and Stability of Numerical Algorithms, 2002,
    §3.1), and Σ|u_i v_i| ≤ 2‖q‖‖x‖ + ‖x‖² by Cauchy and Schwarz. Storing ‖x‖² in float32 adds u‖x‖²,
    covered by counting two more operations. Where float32 underflows, a product and a sum lose at most 2⁻¹²⁶
    each. The distance itself is a float64 sum of r squares of differences and a root, squared again for the
    comparison: relative error (r + 8) 2⁻⁵³ of d² ≤ (‖q‖ + ‖x‖)², and as much again for ‖q‖² and adding it. A
    ten-thousandth on top pays for the rounding of this very formula.

    Args:
        dimension: r.
        query_norm: ‖q‖.
        largest_norm: the largest ‖x‖ among the vectors scanned.
    """
    terms = dimension + 3
    gamma = terms * _U32 / (1 - terms * _U32)
    products = gamma * (2 * query_norm * largest_norm + largest_norm**2)
    defined = 2 * (dimension + 8) * _U64 * (query_norm + largest_norm) ** 2
    return 1.0001 * (products + defined + 2 * terms * _FLUSHED)


def around(distances: Float64, square: float) -> tuple[Float64, Float64]:
    """Between what d² − ‖q‖² lies, for distances (m,) as defined and ‖q‖² = `square`.

    The slack pays for the rounding of the distance, of its square and of ‖q‖².
    """
    squares = distances**2
    slack = DEFINED * (squares + square)
    return squares - square - slack, squares - square + slack


def ordered(distances: Float64, ids: Ids, end: End) -> NDArray[np.intp]:
    """The positions by distance, ascending for the nearest and descending for the farthest, ties by id."""
    return in_order(distances if end == "nearest" else -distances, ids)


def percentiles_at_end(complete: Float64, end: End, others: int) -> Float64:
    """The percentiles of the entries at one end of a ranking.

    Args:
        complete: distances in ranking order (n,); the last run of ties is complete, and every entry of the
            catalogue beyond it in the ranking is missing.
        end: which end they are from.
        others: the entries counted, less one.
    """
    keys = complete if end == "nearest" else -complete
    before = np.searchsorted(keys, keys, side="left")
    tied = np.searchsorted(keys, keys, side="right") - before - 1
    closer = before if end == "nearest" else others - before - tied
    return mid_rank(closer, tied, others)


def undecided(values: Float64, squares: Float64, error: float) -> NDArray[np.intp]:
    """The positions in `values` (n,) that lie within `error` of one of `squares` (m,)."""
    order = np.argsort(values)
    ascending = values[order]
    starts = np.searchsorted(ascending, squares - error, side="left")
    stops = np.searchsorted(ascending, squares + error, side="right")
    # +1 where a range opens, −1 where it closes: positive running sums lie inside at least one range.
    edges = np.bincount(starts, minlength=len(values) + 1) - np.bincount(stops, minlength=len(values) + 1)
    inside: NDArray[np.intp] = order[np.cumsum(edges)[:-1] > 0]
    return inside
