"""The network on torch, eager and in float32: the reference, and what serves where OpenVINO cannot."""

import torch

from drml_service.network import EmbeddingNetwork, NetworkArguments
from drml_service.weights import Float32, Weights


class TorchNetwork:
    """Inputs to features. Not for two threads at a time: a second call would only fight for the cores."""

    def __init__(self, arguments: NetworkArguments, weights: Weights, *, threads: int) -> None:
        torch.set_num_threads(threads)
        network = EmbeddingNetwork(arguments)
        # Batch norm's counters are not among the weights; serving asks for none.
        network.load_state_dict(
            {name: torch.from_numpy(array) for name, array in weights.items()}, strict=False
        )
        self._network = network.eval()

    def features(self, inputs: Float32) -> Float32:
        """(n, 3, size, size) to (n, feature_dim)."""
        with torch.inference_mode():
            found: Float32 = self._network.features(torch.from_numpy(inputs)).numpy()
        return found
