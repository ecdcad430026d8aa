"""Figures of a text space from human captions: does it know a picture again, does it know what is far.

A picture's other captions are another person's words for the same thing. A space serves divergence if the
order of the catalogue, far end included, is the same whichever of them asks. Some of that order is nobody's
merit: long or odd captions are far from everything. So each figure is taken a second time with the order
that another picture's caption gives, and only the difference tells.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import rankdata

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Figures:
    """Means over pictures as queries, the gallery being all others.

    Attributes:
        tied: share of the gallery at similarity 0 exactly.
        order: rank correlation of the orders by two captions of one picture.
        order_of_another: the same with the second caption of another picture.
        far: mean percentile, by the second caption, of the `FAR` least similar by the first one.
        far_of_another: the same with the second caption of another picture.
        recall_at_1, recall_at_5, recall_at_10: share of first captions whose own picture, by its other
            captions, is among so many most similar.
        own, other: mean similarity of a first caption to its own picture's others, to another picture's.
        at_least_090, in_050_060: share of the gallery at the report's thresholds.
    """

    tied: float
    order: float
    order_of_another: float
    far: float
    far_of_another: float
    recall_at_1: float
    recall_at_5: float
    recall_at_10: float
    own: float
    other: float
    at_least_090: float
    in_050_060: float


FAR = 10
# How far on in the list the other picture stands whose order is the baseline.
_ANOTHER = 137


def figures(vectors: NDArray[np.float32]) -> Figures:
    """The figures of `vectors` (pictures, captions, d), at least 4 captions each.

    The first caption asks for `recall` and the thresholds, against the largest similarity over the others.
    The first and the second one are compared by what they say of the pictures' remaining captions.
    """
    first, second = similarities(vectors, 0, 2), similarities(vectors, 1, 2)
    asked = similarities(vectors, 0, 1)
    count = len(asked)
    apart = ~np.eye(count, dtype=bool)
    same, another = np.arange(count), np.roll(np.arange(count), -_ANOTHER % count)
    order, far = replication(first, second, same)
    order_of_another, far_of_another = replication(first, second, another)
    ranks = own_ranks(asked)
    return Figures(
        tied=float((asked[apart] == 0).mean()),
        order=order,
        order_of_another=order_of_another,
        far=far,
        far_of_another=far_of_another,
        recall_at_1=float((ranks < 1).mean()),
        recall_at_5=float((ranks < 5).mean()),
        recall_at_10=float((ranks < 10).mean()),
        own=float(np.diag(asked).mean()),
        other=float(asked[apart].mean()),
        at_least_090=float((asked[apart] >= 0.9).mean()),
        in_050_060=float(((asked[apart] >= 0.5) & (asked[apart] <= 0.6)).mean()),
    )


def similarities(vectors: NDArray[np.float32], asking: int, start: int) -> Floats:
    """(pictures, pictures) in 0..1: of each one's caption `asking` to those from `start` on."""
    products = [vectors[:, asking] @ vectors[:, place].T for place in range(start, vectors.shape[1])]
    largest: Floats = np.clip(np.max(products, axis=0), 0, 1).astype(np.float64)
    return largest


def own_ranks(asked: Floats) -> Floats:
    """How many pictures are more similar to each query than its own, ties counted half."""
    own = np.diag(asked)[:, None]
    ranks: Floats = (asked > own).sum(axis=1) + ((asked == own).sum(axis=1) - 1) / 2
    return ranks


def replication(first: Floats, second: Floats, rows: NDArray[np.intp]) -> tuple[float, float]:
    """Rank correlation of each row of `first` with row `rows[i]` of `second`, and `Figures.far` of them.

    Both pictures are left out of the gallery. Ties have the mean of their ranks; a row that is one tie tells
    nothing: its correlation is 0.
    """
    correlations, percentiles = [], []
    for own, other in enumerate(rows):
        gallery = np.ones(len(first), bool)
        gallery[[own, other]] = False
        ranks = [rankdata(-first[own, gallery]), rankdata(-second[other, gallery])]
        tied = min(np.ptp(ranks[0]), np.ptp(ranks[1])) == 0
        correlations.append(0.0 if tied else float(np.corrcoef(*ranks)[0, 1]))
        farthest = np.argsort(first[own, gallery], kind="stable")[:FAR]
        percentiles.append(float(((ranks[1][farthest] - 0.5) / gallery.sum()).mean()))
    return float(np.mean(correlations)), float(np.mean(percentiles))
