"""Figures of retrieval and divergence: arrays in, values out.

Each is defined in one sentence, per query or per triplet, over distances; `neighbourhoods` supplies those in
chunks.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Rows = NDArray[np.int64]
Floats = NDArray[np.float32]

_CHUNK = 250  # queries at a time: 10 MB of distances to a gallery of 10,000


def triplet_accuracy(positive: Floats, negative: Floats) -> float:
    """Share of triplets with D(q, p+) < D(q, p-); a tie is not right."""
    return float(np.mean(positive < negative))


def pair_distances(embeddings: Floats, a: Rows, b: Rows) -> Floats:
    """Euclidean distance between rows a[i] and b[i]: (n,), from differences, in bounded memory."""
    result = np.empty(len(a), dtype=np.float32)
    for start in range(0, len(a), _CHUNK):
        part = slice(start, start + _CHUNK)
        result[part] = np.sqrt(np.square(embeddings[a[part]] - embeddings[b[part]]).sum(1))
    return result


def distances_from(embeddings: Floats, queries: Rows) -> Iterator[tuple[Rows, Floats]]:
    """Chunks of query rows with their squared Euclidean distances to the whole gallery: (c,), (c, N).

    By |q|^2 + |x|^2 - 2 q.x in float32: its relative error near 1e-6 moves no figure; the search service,
    where order is a promise, rescores exactly instead. Centred first, as that error grows with the distance
    to the origin.
    """
    centred = embeddings - embeddings.mean(0)
    squares = np.square(centred).sum(1)
    for start in range(0, len(queries), _CHUNK):
        chunk = queries[start : start + _CHUNK]
        yield chunk, squares[chunk, None] + squares[None, :] - 2 * centred[chunk] @ centred.T


def _smallest(values: Floats, k: int) -> Rows:
    """Columns of the k smallest of each row, in order: (c, k)."""
    k = min(k, values.shape[1])
    chosen = np.argpartition(values, k - 1, axis=1)[:, :k]
    order = np.argsort(np.take_along_axis(values, chosen, 1), axis=1, kind="stable")
    return np.take_along_axis(chosen, order, 1)


def nearest(embeddings: Floats, queries: Rows, k: int) -> Rows:
    """(Q, k) gallery rows nearest to each query, itself excluded, nearest first."""
    found = []
    for chunk, squared in distances_from(embeddings, queries):
        squared[np.arange(len(chunk)), chunk] = np.inf
        found.append(_smallest(squared, min(k, squared.shape[1] - 1)))
    return np.concatenate(found)


def recall_at(k: int, neighbors: Rows, queries: Rows, labels: Rows) -> float:
    """Share of queries with at least one picture of their class among the k nearest."""
    return float(np.mean((labels[neighbors[:, :k]] == labels[queries, None]).any(1)))


def mean_average_precision_at(k: int, neighbors: Rows, queries: Rows, labels: Rows) -> float:
    """mAP@k: for each query the sum, over relevant ranks i <= k, of the precision at i, divided by the number
    of relevant pictures that k could hold, min(k, R); averaged over the queries that have a relevant picture
    at all.
    """
    relevant = labels[neighbors[:, :k]] == labels[queries, None]
    precision = np.cumsum(relevant, axis=1) / np.arange(1, relevant.shape[1] + 1)
    possible = np.minimum(k, np.bincount(labels)[labels[queries]] - 1)
    sums = (precision * relevant).sum(1)
    return float(np.mean(sums[possible > 0] / possible[possible > 0]))


@dataclass(frozen=True)
class ScoreAtTop:
    """`value` = correct - incorrect, over the `counted` triplets."""

    value: int
    counted: int


def score_at_top(
    k: int, neighbors: Rows, queries: Rows, triplets: Rows, right: NDArray[np.bool_]
) -> ScoreAtTop:
    """Correctly minus incorrectly ranked triplets whose positive or negative is among the query's k nearest
    (Wang et al. 2014, sec. 6.1). `right[i]` says whether triplets[i] is ranked correctly; `queries` must hold
    every triplet's query.
    """
    position = {int(row): index for index, row in enumerate(queries)}
    at = neighbors[[position[int(q)] for q in triplets[:, 0]], :k]
    counted = ((at == triplets[:, 1:2]) | (at == triplets[:, 2:3])).any(1)
    correct = int((right & counted).sum())
    return ScoreAtTop(value=2 * correct - int(counted.sum()), counted=int(counted.sum()))


@dataclass(frozen=True)
class Farthest:
    """The plain farthest pictures, uncorrected: of all lists, how many distinct pictures, the share of lists
    that the most frequent one is in, and the mean distance percentile of the picks."""

    distinct: int
    possible: int
    top_share: float
    mean_percentile: float


def farthest(embeddings: Floats, queries: Rows, n: int) -> tuple[Rows, NDArray[np.float64]]:
    """(Q, n) gallery rows farthest from each query, farthest first, and their percentiles.

    Percentile = (pictures closer + half of the other pictures tied) / other pictures; the query is not
    counted.
    """
    picks, percentiles = [], []
    for chunk, squared in distances_from(embeddings, queries):
        squared[np.arange(len(chunk)), chunk] = -np.inf
        chosen = _smallest(-squared, n)
        others = squared.shape[1] - 1
        for row, picked in zip(squared, chosen, strict=True):
            closer = (row[None, :] < row[picked, None]).sum(1) - 1  # the query itself stands at -inf
            tied = (row[None, :] == row[picked, None]).sum(1) - 1
            percentiles.append((closer + tied / 2) / others)
        picks.append(chosen)
    return np.concatenate(picks), np.stack(percentiles)


def farthest_figures(picks: Rows, percentiles: NDArray[np.float64], gallery: int) -> Farthest:
    """Coverage of (Q, n) picks out of a gallery of so many pictures."""
    counts = np.bincount(picks.ravel())
    return Farthest(
        distinct=int((counts > 0).sum()),
        possible=min(picks.size, gallery),
        top_share=float(counts.max() / len(picks)),
        mean_percentile=float(percentiles.mean()),
    )


def cosines(a: Floats, b: Floats) -> NDArray[np.float64]:
    """Cosine between rows a[i] and b[i], in float64: near 1 float32 could not tell a drift of 1e-8 from
    none."""
    left, right = a.astype(np.float64), b.astype(np.float64)
    lengths = np.linalg.norm(left, axis=1) * np.linalg.norm(right, axis=1)
    result: NDArray[np.float64] = (left * right).sum(1) / lengths
    return result
