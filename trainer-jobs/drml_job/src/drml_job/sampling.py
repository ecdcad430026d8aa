"""The reference sample of an artifact: training pictures, and their vectors as the service keeps them."""

from itertools import zip_longest

import numpy as np
import torch
from numpy.typing import NDArray

from drml_job.embedding import Presentation
from drml_job.packed import Packed
from drml_service.isometry import Isometry
from drml_service.network import EmbeddingNetwork

REFERENCES = 2_000  # mean and deviation are then known to about 2 % of a deviation
SEED = 0
_BATCH = 250


def rows(data: Packed, count: int = REFERENCES, seed: int = SEED) -> NDArray[np.int64]:
    """At most `count` training pictures, ascending: drawn by `seed`, from the classes in turn."""
    train, random = data.rows("train"), np.random.default_rng(seed)
    shuffled = random.permutation(train)
    labels = data.labels[shuffled]
    by_class = [shuffled[labels == label].tolist() for label in np.unique(labels)]
    in_turn = [row for turn in zip_longest(*by_class) for row in turn if row is not None]
    return np.sort(np.array(in_turn[:count], dtype=np.int64))


@torch.inference_mode()
def vectors(
    network: EmbeddingNetwork,
    data: Packed,
    chosen: NDArray[np.int64],
    shown: Presentation,
    mean: NDArray[np.float32] | None,
) -> NDArray[np.float32]:
    """(len(chosen), r): the pictures as the service keeps them.

    Args:
        mean: the artifact's centre (m,), if it has one.
    """
    network.eval()
    features = [
        network.features(shown(data.pictures[chosen[start : start + _BATCH]])).float().cpu().numpy()
        for start in range(0, len(chosen), _BATCH)
    ]
    linear = network.embedding
    isometry = Isometry.of(
        linear.weight.detach().float().cpu().numpy(),
        linear.bias.detach().float().cpu().numpy(),
        normalise=network.arguments.normalise,
        mean=mean,
    )
    return isometry.reduce(np.concatenate(features))
