"""The triplet loss, l = max(0, g + D(q, p) - D(q, n)), D Euclidean (Wang et al. 2014, eq. 3), with its smooth
variant."""

from dataclasses import dataclass
from typing import Literal, get_args

import torch
from pytorch_metric_learning.distances import LpDistance
from pytorch_metric_learning.miners import TripletMarginMiner
from torch import Tensor
from torch.nn import functional

Shape = Literal["hinge", "softplus"]
Choice = Literal["all", "semi-hard"]

# Below this squared distance the root's gradient is cut off: it would be infinite between equal embeddings.
_SMALLEST_SQUARE = 1e-12


@dataclass(frozen=True)
class TripletLoss:
    """One loss per triplet, from its two distances.

    `softplus` is the hinge with its corner rounded over a width of `temperature` (in units of distance), so
    that triplets already right by the gap still pull; with temperature towards 0 it becomes the hinge.
    """

    shape: Shape
    gap: float
    temperature: float = 1.0

    def __post_init__(self) -> None:
        if self.shape not in get_args(Shape):
            raise ValueError(f"loss is one of {', '.join(get_args(Shape))}, not {self.shape!r}")

    def each(self, positive: Tensor, negative: Tensor) -> Tensor:
        violation = self.gap + positive - negative
        if self.shape == "hinge":
            return violation.clamp_min(0)
        return functional.softplus(violation / self.temperature) * self.temperature

    def of_active(self, positive: Tensor, negative: Tensor) -> Tensor:
        """The mean over the triplets that still count; zero where there is none.

        For the hinge those above zero, as among mined triplets most are soon satisfied and would only dilute
        the gradient (Hermans et al. 2017, sec. 2).
        """
        losses = self.each(positive, negative)
        counted = (losses > 0).sum() if self.shape == "hinge" else torch.tensor(losses.numel())
        return losses.sum() / counted.clamp_min(1)


def distances(a: Tensor, b: Tensor) -> Tensor:
    """Euclidean, row by row: (n, d), (n, d) to (n,)."""
    return (a - b).square().sum(1).clamp_min(_SMALLEST_SQUARE).sqrt()


def distance_matrix(e: Tensor) -> Tensor:
    """Euclidean, all pairs: (n, d) to (n, n)."""
    squares = e.square().sum(1)
    return (squares[:, None] + squares[None, :] - 2 * e @ e.T).clamp_min(_SMALLEST_SQUARE).sqrt()


def all_triplets(matrix: Tensor, labels: Tensor) -> tuple[Tensor, Tensor]:
    """Distances (positive, negative) of every out-of-class triplet of a batch: (T,), (T,), from all pairs (n,
    n).

    One row of negatives per (query, positive) pair; listing the triplets' positions first, as a miner does,
    would take longer than the network's own step: 170,000 of them in a batch of 60 classes of 4.
    """
    same = labels[:, None] == labels[None, :]
    query, positive = (same & ~torch.eye(len(labels), dtype=torch.bool, device=labels.device)).nonzero(
        as_tuple=True
    )
    negative = ~same[query]
    near = matrix[query, positive][:, None].expand(-1, len(labels))
    return near[negative], matrix[query][negative]


def semi_hard_triplets(matrix: Tensor, e: Tensor, labels: Tensor, gap: float) -> tuple[Tensor, Tensor]:
    """Distances of the triplets whose negative is farther than the positive by at most the gap (Schroff et
    al. 2015, eq. 4), possibly none; chosen by pytorch-metric-learning's miner."""
    distance = LpDistance(normalize_embeddings=False)
    miner = TripletMarginMiner(margin=gap, type_of_triplets="semihard", distance=distance)
    with torch.no_grad():
        query, positive, negative = miner(e.detach(), labels)
    return matrix[query, positive], matrix[query, negative]
