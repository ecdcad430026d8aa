"""Figures of lists, of retrieval and of agreement between views. Arrays in, numbers by name out."""

from collections.abc import Callable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.stats import rankdata

from caption_service.cleaning import clean
from drml_job import metrics, triplets
from tests.bench.quality_lists import Float64, Rows, farthest

Floats = NDArray[np.float32]
TOP = 30  # of score-at-top-30


def of_lists(picks: Rows, percentiles: Mapping[str, Float64], space: NDArray[np.float32]) -> dict[str, float]:
    """Coverage, mean percentiles and distances inside the lists (Q, n).

    Args:
        percentiles: by name, (Q, N): in the views, and in what ranked nothing.
        space: (N, d), unit vectors of an encoder that ranked nothing.
    """
    counts = np.bincount(picks.ravel(), minlength=len(space))
    figures = {
        "distinct": float((counts > 0).sum()),
        "possible": float(min(picks.size, len(space))),
        "top_share": float(counts.max() / len(picks)),
    }
    figures["coverage"] = figures["distinct"] / figures["possible"]
    for name, table in percentiles.items():
        figures[f"{name}_percentile"] = float(np.take_along_axis(table, picks, axis=1).mean())
    inside = [_distances(space[row]) for row in picks]
    figures["intra_list_mean"] = float(np.mean([pairs.mean() for pairs in inside]))
    figures["intra_list_min"] = float(np.mean([pairs.min() for pairs in inside]))
    return figures


def mean_class_distance(picks: Rows, queries: Rows, labels: Rows, between: Float64) -> float:
    """Mean distance between a query's class and its picks' classes; `between` is (classes, classes)."""
    return float(between[labels[queries][:, None], labels[picks]].mean())


def of_retrieval(far: Float64, queries: Rows, labels: Rows, count: int, seed: int) -> dict[str, float]:
    """Figures of what is near, from how far (Q, N) pictures are; labels are classes.

    `count` triplets, uniform over queries, then positives, then negatives. Empty where no triplet exists.
    """
    hidden = far.copy()
    hidden[np.arange(len(queries)), queries] = np.inf
    near = farthest(-hidden, TOP).astype(np.int64)
    try:
        drawn = _triplets(queries, labels, count, np.random.default_rng(seed))
    except ValueError:
        return {}
    right = far[drawn[:, 0], drawn[:, 1]] < far[drawn[:, 0], drawn[:, 2]]
    by_row = np.column_stack([queries[drawn[:, 0]], drawn[:, 1:]])
    top = metrics.score_at_top(TOP, near, queries, by_row, right)
    return {
        "triplet_accuracy": float(right.mean()),
        **{f"recall_at_{k}": metrics.recall_at(k, near, queries, labels) for k in (1, 5, 10)},
        "map_at_10": metrics.mean_average_precision_at(10, near, queries, labels),
        "score_at_top_30": float(top.value),
        "score_at_top_30_triplets": float(top.counted),
        "triplets": float(count),
    }


def view_correlation(first: Float64, second: Float64, queries: Rows) -> float:
    """Mean over the queries of the rank correlation between two views' distances (Q, N) to the gallery."""
    found = []
    for place, own in enumerate(queries):
        one, other = rankdata(np.delete(first[place], own)), rankdata(np.delete(second[place], own))
        found.append(np.corrcoef(one, other)[0, 1] if min(np.ptp(one), np.ptp(other)) > 0 else 0.0)
    return float(np.mean(found))


def generated_against_human(
    written: Sequence[str], captions: Sequence[Sequence[str]], vectors: Callable[[Sequence[str]], Floats]
) -> dict[str, float]:
    """Mean text similarity between a picture's generated sentence and its human captions, and the same with
    another picture's captions; empty where there are none.

    Args:
        vectors: sentences as unit vectors (n, d).
    """
    told = [row for row, said in enumerate(captions) if said]
    if len(told) < 2:
        return {}
    found = {"generated_human": 0.0, "generated_other": 0.0}
    for place, row in enumerate(told):
        (own,) = vectors([written[row]])
        for name, other in (("generated_human", row), ("generated_other", told[place - 1])):
            spoken = vectors([clean(caption) for caption in captions[other]])
            found[name] += float(np.clip(spoken @ own, 0, 1).mean()) / len(told)
    return found | {"generated_human_pictures": float(len(told))}


def _triplets(queries: Rows, labels: Rows, count: int, source: np.random.Generator) -> Rows:
    """(count, 3): a place in `queries`, a row of its class, a row of another class."""
    place = np.full(len(labels), -1)
    place[queries] = np.arange(len(queries))
    kept = np.empty((0, 3), dtype=np.int64)
    while len(kept) < count:
        drawn = triplets.draw(labels, np.arange(len(labels)), count, source)
        drawn[:, 0] = place[drawn[:, 0]]
        kept = np.concatenate([kept, drawn[drawn[:, 0] >= 0]])
        if not len(kept):
            raise ValueError("no query has a picture of its class")
    return kept[:count].astype(np.intp)


def _distances(vectors: NDArray[np.float32]) -> Float64:
    """Between the rows (n, d), each pair once."""
    gaps = np.linalg.norm(vectors[:, None].astype(np.float64) - vectors[None], axis=2)
    pairs: Float64 = gaps[np.triu_indices(len(vectors), 1)]
    return pairs
