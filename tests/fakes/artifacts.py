"""Small but real artifacts: an untrained network, published as the job publishes a trained one."""

from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors.torch import save_file

from diversity_contracts.manifest import Golden, Manifest, Preprocessing, new_version
from diversity_contracts.publishing import publish
from drml_service import reference
from drml_service.artifact import CENTRE, CENTRE_TENSOR, WEIGHTS
from drml_service.isometry import Isometry
from drml_service.network import EmbeddingNetwork, NetworkArguments
from drml_service.preprocess import network_input
from tests.fakes.drawn import draw

RULE = Preprocessing(size=32, resize="cover", mean=(0.48, 0.45, 0.40), std=(0.28, 0.27, 0.28))
GOLDEN_NUMBERS = 16


def untrained(arguments: NetworkArguments, seed: int = 0) -> EmbeddingNetwork:
    """A network with random weights, the same for the same seed."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return EmbeddingNetwork(arguments).eval()


def publish_untrained(
    root: Path,
    *,
    arguments: NetworkArguments | None = None,
    seed: int = 0,
    now: datetime = datetime(2026, 1, 1, tzinfo=UTC),
    weights: dict[str, torch.Tensor] | None = None,
    golden: list[float] | None = None,
) -> Path:
    """Publish an artifact under `root`; returns its folder.

    Args:
        weights: other weights than the network's, to be refused for.
        golden: another answer to the golden input than the network's.
    """
    arguments = arguments or NetworkArguments(embedding_dim=256)
    network = untrained(arguments, seed)
    picture = draw(0)
    with torch.inference_mode():
        answer = network(torch.from_numpy(network_input(picture, RULE))[None])[0].numpy()
        inputs = np.stack([network_input(draw(number), RULE) for number in range(8)])
        mean = network(torch.from_numpy(inputs)).mean(dim=0)
        features = network.features(torch.from_numpy(inputs)).numpy()
    sample = reference_isometry(network, mean.numpy()).reduce(features)
    tensors = weights if weights is not None else network.state_dict()

    def write(folder: Path) -> None:
        contiguous = {name: tensor.contiguous() for name, tensor in tensors.items()}
        save_file(contiguous, folder / WEIGHTS)
        save_file({CENTRE_TENSOR: mean.contiguous()}, folder / CENTRE)
        reference.save(sample, folder)
        picture.save(folder / "golden.png")

    manifest = Manifest(
        kind="drml",
        version=new_version("drml", now),
        created=now,
        code_revision="test",
        data_fingerprint="0" * 64,
        preprocessing=RULE,
        model=asdict(arguments),
        metrics={"triplet_accuracy": 0.5},
        golden=[Golden(file="golden.png", output=golden or answer[:GOLDEN_NUMBERS].tolist(), tolerance=1e-4)],
    )
    return publish(root, manifest, write)


def reference_isometry(network: EmbeddingNetwork, mean: NDArray[np.float32] | None = None) -> Isometry:
    """The isometry of `network` about its own origin, or about `mean` (m,)."""
    linear = network.embedding
    return Isometry.of(
        linear.weight.detach().numpy(),
        linear.bias.detach().numpy(),
        normalise=network.arguments.normalise,
        mean=mean,
    )
