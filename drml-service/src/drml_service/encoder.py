"""The network on torch: an artifact's weights, read, reduced by the isometry and warmed up."""

import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Self

import numpy as np
import torch
from PIL import Image
from safetensors import SafetensorError
from safetensors.torch import load_file

from diversity_contracts.manifest import BadArtifact, Manifest, Preprocessing
from diversity_view.golden import check
from drml_service.artifact import CENTRE, CENTRE_TENSOR, WEIGHTS
from drml_service.isometry import Isometry
from drml_service.network import EmbeddingNetwork, NetworkArguments
from drml_service.preprocess import network_input
from drml_service.search import Float32, Float64


class TorchEncoder:
    """Pictures to reduced vectors, float32 on the CPU."""

    def __init__(self, network: EmbeddingNetwork, isometry: Isometry, rule: Preprocessing) -> None:
        # One call uses every thread torch was given; a second one beside it would only fight for cores.
        self._turn = threading.Lock()
        self._network = network.eval().to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        self._isometry = isometry
        self._rule = rule

    @classmethod
    def load(cls, folder: Path, manifest: Manifest, *, threads: int) -> Self:
        """Build the network of a verified artifact and compare it with its golden inputs.

        Raises:
            BadArtifact: the weights are not this network's, hold NaN, or give other answers than published.
        """
        torch.set_num_threads(threads)
        try:
            arguments = NetworkArguments.from_json(dict(manifest.model))
            network = EmbeddingNetwork(arguments)
            tensors = load_file(folder / WEIGHTS)
            network.load_state_dict({name: _single(tensor) for name, tensor in tensors.items()})
            mean = load_file(folder / CENTRE)[CENTRE_TENSOR].numpy() if CENTRE in manifest.files else None
        except (OSError, SafetensorError, TypeError, ValueError, KeyError, RuntimeError) as error:
            raise BadArtifact(f"The network cannot be built: {_first_line(error)}") from error
        _refuse_nan(network)
        linear = network.embedding
        isometry = Isometry.of(
            linear.weight.detach().numpy(),
            linear.bias.detach().numpy(),
            normalise=arguments.normalise,
            mean=mean,
        )
        encoder = cls(network, isometry, manifest.preprocessing)
        for golden in manifest.golden:
            check(golden, (folder / golden.file).read_bytes(), encoder._embedding)
        return encoder

    @property
    def dimension(self) -> int:
        """r, the length of a vector."""
        return self._isometry.dimension

    def prepare(self, picture: Image.Image) -> Float32:
        """An RGB picture to (3, size, size)."""
        return network_input(picture, self._rule)

    def encode(self, inputs: Sequence[Float32]) -> Float32:
        """Inputs (3, size, size) to vectors (n, r)."""
        batch = torch.from_numpy(np.stack(inputs)).to(memory_format=torch.channels_last)
        with self._turn, torch.inference_mode():
            features = self._network.features(batch).numpy()
        return self._isometry.reduce(features)

    def _embedding(self, picture: Image.Image) -> Float64:
        embedding: Float64 = self.lift(self.encode([self.prepare(picture)]))[0]
        return embedding

    def lift(self, vectors: Float32) -> Float64:
        """Vectors (n, r) to embeddings (n, m)."""
        return self._isometry.lift(vectors)


def _single(tensor: torch.Tensor) -> torch.Tensor:
    return tensor.float() if tensor.is_floating_point() else tensor


def _refuse_nan(network: EmbeddingNetwork) -> None:
    for name, tensor in network.state_dict().items():
        if tensor.is_floating_point() and not torch.isfinite(tensor).all():
            raise BadArtifact(f"The weights {name!r} are not finite.")


def _first_line(error: Exception) -> str:
    return (str(error) or type(error).__name__).splitlines()[0][:300]
