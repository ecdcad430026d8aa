"""The network as it is trained on triplets: with its initial embedding and, where it helps, a classification
head."""

import torch
from torch import Tensor, nn

from drml_job.devices import Device
from drml_service.network import EmbeddingNetwork, NetworkArguments


class TripletModel(nn.Module):
    """`classes` > 0 adds a linear head on the features."""

    def __init__(self, arguments: NetworkArguments, classes: int) -> None:
        super().__init__()
        self.network = EmbeddingNetwork(arguments)
        # Orthonormal columns: at the start the embedding keeps every distance between the pretrained
        # features.
        nn.init.orthogonal_(self.network.embedding.weight)
        nn.init.zeros_(self.network.embedding.bias)
        self.head = nn.Linear(arguments.feature_dim, classes) if classes else None

    def start_head(self, tensors: dict[str, Tensor]) -> None:
        """Takes over a pretrained head where it tells the same number of classes apart."""
        if self.head is not None and tensors and tensors["weight"].shape == self.head.weight.shape:
            self.head.load_state_dict(tensors)

    def forward(self, x: Tensor, device: Device) -> tuple[Tensor, Tensor | None]:
        """Embeddings (N, d) and logits. The embedding layer runs in float32: distances are small
        differences."""
        with device.autocast():
            features = self.network.features(x.contiguous(memory_format=torch.channels_last))
        features = features.float()
        logits = None if self.head is None else self.head(features)
        return self.network.embed(features), logits
