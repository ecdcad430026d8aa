"""Picks that are good and far from each other: greedy max-min over a pool of the ranking. Pure.

Gonzalez 1985 (the farthest-first traversal): each next pick is the one whose least distance to those already
picked is the largest; its least distance is at least half of what any choice could reach. Blended with the
ranking as in maximal marginal relevance (Carbonell and Goldstein 1998):

    value(x) = (1 − λ) · quality(x) + λ · min over the picked p of distance(p, x)

Both terms are shares, 0..1: quality falls evenly from 1 at the pool's first to 1 ÷ m at its last; a distance
is the share of the pool's pairs that are closer, ties half, so that two views' blend as percentiles do.
λ = 0 gives the ranking itself, and the first pick is the ranking's first for every λ.
"""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

Float64 = NDArray[np.float64]


def pair_shares(distances: Float64) -> Float64:
    """Of distances (m, m), symmetric, each as the share of the pairs that are closer, ties half."""
    size = len(distances)
    rows, columns = np.triu_indices(size, 1)
    if len(rows) == 0:
        return np.zeros_like(distances)
    # One sort of the pairs; looking each of them up again takes several times as long.
    values, place, counts = np.unique(distances[rows, columns], return_inverse=True, return_counts=True)
    middle = (np.cumsum(counts) - counts / 2) / len(rows)
    shares = np.zeros((size, size))
    shares[rows, columns] = shares[columns, rows] = middle[place]
    np.fill_diagonal(shares, middle[0] if values[0] == 0 else 0.0)
    return shares


def blended_shares(
    pool: Sequence[str],
    views: Mapping[str, tuple[Sequence[str], Float64]],
    weights: Mapping[str, float],
) -> Float64:
    """The weighted mean of the shares of `views`, each the pictures it holds and their distances, (m, m).

    A pair counts by the views that hold both; one that none holds is at 0, as nothing is known to part it.
    """
    place = {image_id: row for row, image_id in enumerate(pool)}
    total, weight = np.zeros((len(pool), len(pool))), np.zeros((len(pool), len(pool)))
    for name, (image_ids, distances) in views.items():
        rows = np.array([place[image_id] for image_id in image_ids], dtype=np.intp)
        total[np.ix_(rows, rows)] += weights[name] * pair_shares(distances)
        weight[np.ix_(rows, rows)] += weights[name]
    return np.divide(total, weight, out=np.zeros_like(total), where=weight > 0)


def spread(distances: Float64, diversity: float, count: int) -> list[int]:
    """The places of the first `count` picks of a pool in the order of its ranking.

    Args:
        distances: (m, m), shares.
        diversity: λ, 0..1.

    Ties go to what ranks higher. The picks of a larger `count` begin with those of a smaller one.
    """
    size = len(distances)
    quality = 1.0 - np.arange(size) / max(1, size)
    nearest = np.ones(size)
    picks, values = list[int](), quality.copy()
    for _ in range(min(count, size)):
        best = int(values.argmax())
        picks.append(best)
        nearest = np.minimum(nearest, distances[best])
        values = (1.0 - diversity) * quality + diversity * nearest
        values[picks] = -1.0
    return picks
