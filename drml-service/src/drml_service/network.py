"""The embedding network of Deep Ranking Model Light: pictures in, 4096 numbers out.

    f = features(x)          ResNet-18's pooled 512 numbers (multi-scale: with two shallow paths beside them)
    e = W f + b              the linear embedding; `normalise` divides it by its length
    mirror                   f is the mean over the picture and its mirror image, when not training: both have
                             the same embedding then, for twice the arithmetic

Near in Euclidean distance means similar, far means divergent. W has rank at most `feature_dim`, which is what
the exact search of this service builds on.
"""

import torch
from torch import Tensor, nn
from torch.nn import functional

from drml_service.network_arguments import SHALLOW_GRID, SHALLOW_MAPS, Architecture, NetworkArguments
from drml_service.vision import resnet18

__all__ = ["Architecture", "EmbeddingNetwork", "NetworkArguments"]


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
        self.shallow = nn.ModuleList(ShallowPath(ratio) for ratio in arguments.shallow_ratios)
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
