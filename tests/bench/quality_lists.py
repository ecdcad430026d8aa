"""The lists that are compared: the service's, and baselines. Arrays in, rows out.

Everywhere Q queries see a gallery of N pictures to which they belong; a query's own entry is not counted and
never picked. Rows are picked best first, ties by row.
"""

import numpy as np
from numpy.typing import NDArray

from diversity_gateway.far_band import band_size
from diversity_view.ranks import percentiles_among

Rows = NDArray[np.intp]
Float64 = NDArray[np.float64]

NEAREST_POOL = 100  # pictures around the query that MMR chooses from
MMR_BALANCE = 0.5  # of likeness to the query; the rest is unlikeness to what was picked


def drawn_queries(size: int, count: int, seed: int) -> Rows:
    """At most `count` of `size` pictures, ascending."""
    found: Rows = np.sort(np.random.default_rng(seed).choice(size, min(count, size), replace=False))
    return found


def shares(far: Float64, queries: Rows) -> Float64:
    """Percentiles (Q, N) of how far pictures are (Q, N); −1 for the query's own."""
    found = np.empty_like(far)
    for place, own in enumerate(queries):
        others = np.delete(far[place], own)
        found[place] = np.insert(percentiles_among(others, others), own, -1.0)
    return found


def in_space(vectors: NDArray[np.float32], queries: Rows) -> Float64:
    """Percentiles (Q, N) of how far the directions of unit vectors (N, d) are from the queries'."""
    return shares(1 - vectors[queries].astype(np.float64) @ vectors.T.astype(np.float64), queries)


def farthest(ranked: Float64, count: int) -> Rows:
    """(Q, count): the largest of `ranked` (Q, N)."""
    return np.argsort(-ranked, axis=1, kind="stable")[:, :count]


def corrected(ranked: Float64, adjusted: Float64, count: int) -> Rows:
    """(Q, count): the far band of `ranked` (Q, N), own entries −1, in the order of `adjusted` (Q, N)."""
    size = min(band_size(ranked.shape[1], count), ranked.shape[1] - 1)
    bars = -np.partition(-ranked, size - 1, axis=1)[:, size - 1]
    inside = ranked >= bars[:, None]
    return np.argsort(np.where(inside, -adjusted, np.inf), axis=1, kind="stable")[:, :count]


def random(queries: Rows, gallery: int, count: int, source: np.random.Generator) -> Rows:
    """(Q, count) pictures, none twice in a list."""
    drawn = [source.choice(gallery - 1, count, replace=False) for _ in queries]
    return np.stack([row + (row >= own) for row, own in zip(drawn, queries, strict=True)])


def around_the_nearest(ranked: Float64, vectors: NDArray[np.float32], count: int) -> Rows:
    """(Q, count) by maximal marginal relevance (Carbonell and Goldstein 1998) among the nearest: what
    recommenders do for variety.

    Likeness is 1 − percentile to the query, and the cosine of `vectors` (N, d, unit length) among the picked.
    """
    found = np.empty((len(ranked), count), dtype=np.intp)
    for place, row in enumerate(ranked):
        order = np.argsort(np.where(row < 0, np.inf, row), kind="stable")[: min(NEAREST_POOL, len(row) - 1)]
        alike = vectors[order] @ vectors[order].T
        picked: list[int] = []
        for _ in range(count):
            closest = alike[picked].max(axis=0) if picked else np.zeros(len(order))
            gain = MMR_BALANCE * (1 - row[order]) - (1 - MMR_BALANCE) * closest
            gain[picked] = -np.inf
            picked.append(int(np.argmax(gain)))
        found[place] = order[picked]
    return found
