"""All figures of one set of embeddings, by name: embeddings and labels in, numbers out."""

from dataclasses import dataclass

import numpy as np

from drml_job import metrics, triplets

LISTED = 5  # pictures of a list, near or far


@dataclass(frozen=True)
class Knobs:
    triplets: int = 50_000  # +-0.3 % at 95 % confidence for an accuracy of 0.9
    farthest_queries: int = 1000  # as the contract's farthest.* figures
    top: int = 30  # of score-at-top-30
    seed: int = 1


def figures(e: metrics.Floats, labels: metrics.Rows, knobs: Knobs) -> dict[str, float]:
    """Figures of a gallery (N, d) that queries itself, every picture once, itself excluded.

    ValueError where no out-of-class triplet exists.
    """
    rows = np.arange(len(e))
    random = np.random.default_rng(knobs.seed)
    drawn = triplets.draw(labels, rows, knobs.triplets, random)
    near = metrics.pair_distances(e, drawn[:, 0], drawn[:, 1])
    far = metrics.pair_distances(e, drawn[:, 0], drawn[:, 2])
    neighbors = metrics.nearest(e, rows, knobs.top)
    top = metrics.score_at_top(knobs.top, neighbors, rows, drawn, near < far)
    queries = np.sort(random.choice(rows, min(knobs.farthest_queries, len(rows)), replace=False))
    picks, percentiles = metrics.farthest(e, queries, LISTED)
    ends = metrics.farthest_figures(picks, percentiles, len(e))
    return {
        "triplet_accuracy": metrics.triplet_accuracy(near, far),
        "recall_at_1": metrics.recall_at(1, neighbors, rows, labels),
        "recall_at_5": metrics.recall_at(5, neighbors, rows, labels),
        "recall_at_10": metrics.recall_at(10, neighbors, rows, labels),
        "map_at_10": metrics.mean_average_precision_at(10, neighbors, rows, labels),
        "score_at_top_30": float(top.value),
        "score_at_top_30_triplets": float(top.counted),
        "farthest_distinct": float(ends.distinct),
        "farthest_possible": float(ends.possible),
        "farthest_top_share": ends.top_share,
        "farthest_mean_percentile": ends.mean_percentile,
        "triplets": float(knobs.triplets),
        "gallery": float(len(e)),
        "farthest_queries": float(len(queries)),
        "seed": float(knobs.seed),
    }


def table(columns: dict[str, dict[str, float]]) -> str:
    """Figures side by side as a Markdown table: one line a figure, one column a set of embeddings."""
    names = list(next(iter(columns.values())))
    lines = ["| figure | " + " | ".join(columns) + " |", "|---|" + "---:|" * len(columns)]
    for name in names:
        lines.append(
            f"| {name} | " + " | ".join(_written(column[name]) for column in columns.values()) + " |"
        )
    return "\n".join(lines)


def _written(value: float) -> str:
    return f"{value:,.0f}" if float(value).is_integer() and value not in {0, 1} else f"{value:.4f}"
