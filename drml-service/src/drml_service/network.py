"""The embedding network of Deep Ranking Model Light: pictures in, 4096 numbers out.

    f = features(x)          ResNet-18's pooled 512 numbers (multi-scale: with two shallow paths beside them)
    e = W f + b              the linear embedding; `normalise` divides it by its length
    mirror                   f is the mean over the picture and its mirror image, when not training: both have
                             the same embedding then, for twice the arithmetic

Near in Euclidean distance means similar, far means divergent. W has rank at most `feature_dim`, which is what
the exact search of this service builds on.
"""

from dataclasses import asdict, dataclass
from typing import Any, Literal, get_args

import torch
from torch import Tensor, nn
from torch.nn import functional

from drml_service.vision import resnet18

Architecture = Literal["single", "multi-scale"]

TRUNK_DIM = 512
EMBEDDING_DIM = 4096

# The shallow paths of Wang et al. 2014, fig. 3: subsample, one 8x8 convolution of stride 4 with 96 maps, max
# pooling to a 4x4 grid. There the pictures have 225 px and are subsampled 4:1 and 8:1; at the 64 px of Tiny
# ImageNet the same two grids are reached at half the ratios.
SHALLOW_RATIOS = (2, 4)
SHALLOW_MAPS = 96
SHALLOW_GRID = 4
SHALLOW_DIM = len(SHALLOW_RATIOS) * SHALLOW_MAPS * SHALLOW_GRID * SHALLOW_GRID


@dataclass(frozen=True)
class NetworkArguments:
    """What rebuilds the network from code; travels in the artifact's manifest as JSON."""

    architecture: Architecture = "single"
    embedding_dim: int = EMBEDDING_DIM
    normalise: bool = False
    mirror: bool = False

    def __post_init__(self) -> None:
        if self.architecture not in get_args(Architecture):
            raise ValueError(f"unknown architecture {self.architecture!r}")
        if self.embedding_dim < 1:
            raise ValueError(f"embedding_dim must be positive, not {self.embedding_dim}")

    @property
    def feature_dim(self) -> int:
        """Columns of W."""
        return TRUNK_DIM if self.architecture == "single" else TRUNK_DIM + SHALLOW_DIM

    @property
    def rank(self) -> int:
        """r, the length that carries every distance: columns of W, or of [W b] where e is normalised after
        b."""
        return min(self.embedding_dim, self.feature_dim + self.normalise)

    def to_json(self) -> dict[str, bool | int | float | str]:
        """The fields, and the rank that follows from them."""
        return {**asdict(self), "rank": self.rank}

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> "NetworkArguments":
        """The inverse of `to_json`; a stated rank must agree, a missing one is no matter.

        TypeError on a key that this code does not know, ValueError on a value: a foreign network is never
        half built.
        """
        fields = dict(value)
        stated = fields.pop("rank", None)
        arguments = cls(**fields)
        if stated is not None and stated != arguments.rank:
            raise ValueError(f"rank {stated} stated, {arguments.rank} follows from the other arguments")
        return arguments


class ShallowPath(nn.Module):
    """One subsampled path: (N, 3, H, W) to (N, 96 * 4 * 4)."""

    def __init__(self, ratio: int) -> None:
        super().__init__()
        self.ratio = ratio
        self.conv = nn.Conv2d(3, SHALLOW_MAPS, kernel_size=8, stride=4, padding=3)

    def forward(self, x: Tensor) -> Tensor:
        maps = functional.relu(self.conv(functional.avg_pool2d(x, self.ratio)))
        return functional.adaptive_max_pool2d(maps, SHALLOW_GRID).flatten(1)


class EmbeddingNetwork(nn.Module):
    """ResNet-18 with a linear embedding; inputs are (N, 3, H, W), normalised by the training set's mean and
    deviation.

    The state dict's `trunk.*` names are torchvision's own, so ImageNet weights load as they are.
    """

    def __init__(self, arguments: NetworkArguments) -> None:
        super().__init__()
        self.arguments = arguments
        self.trunk = resnet18()
        self.trunk.fc = nn.Identity()
        ratios = SHALLOW_RATIOS if arguments.architecture == "multi-scale" else ()
        self.shallow = nn.ModuleList(ShallowPath(ratio) for ratio in ratios)
        self.embedding = nn.Linear(arguments.feature_dim, arguments.embedding_dim)

    def features(self, x: Tensor) -> Tensor:
        """f, (N, feature_dim): what W is applied to."""
        if self.arguments.mirror and not self.training:
            # One batch of 2N took two thirds of the time of two calls, at N = 1 and 16 on two shared cores.
            direct, mirrored = self._features(torch.cat([x, x.flip(3)])).chunk(2)
            return (direct + mirrored) / 2
        return self._features(x)

    def _features(self, x: Tensor) -> Tensor:
        deep: Tensor = self.trunk(x)
        if not self.shallow:
            return deep
        shallow = torch.cat([path(x) for path in self.shallow], dim=1)
        return torch.cat([functional.normalize(deep, dim=1), functional.normalize(shallow, dim=1)], dim=1)

    def embed(self, features: Tensor) -> Tensor:
        """e, (N, embedding_dim), of features as `features` gives them."""
        e: Tensor = self.embedding(features)
        return functional.normalize(e, dim=1) if self.arguments.normalise else e

    def forward(self, x: Tensor) -> Tensor:
        return self.embed(self.features(x))
