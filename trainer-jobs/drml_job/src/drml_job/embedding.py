"""Embeddings of packed pictures, whole and unaugmented: what the served network answers."""

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from tqdm import tqdm

from drml_job.augment import Normalisation, resize
from drml_job.devices import Device
from drml_job.packed import Packed
from drml_service.network import EmbeddingNetwork

_BATCH = 250


def as_batch(pictures: NDArray[np.uint8], device: Device) -> Tensor:
    """Packed rows (N, S, S, 3) to a uint8 tensor (N, 3, S, S) on the device."""
    # A copy: torch takes no read-only memory, and the packed file is mapped read-only.
    return torch.from_numpy(np.array(pictures)).to(device.torch_device).permute(0, 3, 1, 2)


@dataclass(frozen=True)
class Presentation:
    """How whole pictures are shown to a network: side in pixels, normalisation, device."""

    size: int
    normalise: Normalisation
    device: Device

    def __call__(self, pictures: NDArray[np.uint8]) -> Tensor:
        """Packed rows (N, S, S, 3) to the network's input (N, 3, size, size), channels last in memory."""
        x = resize(as_batch(pictures, self.device), self.size, self.normalise)
        return x.contiguous(memory_format=torch.channels_last)


@torch.inference_mode()
def embed_rows(
    network: EmbeddingNetwork,
    data: Packed,
    rows: NDArray[np.int64],
    shown: Presentation,
    progress: str | None = None,
) -> NDArray[np.float32]:
    """(len(rows), embedding_dim); the network is left in evaluation mode. `progress` names a bar."""
    network.eval()
    result = np.empty((len(rows), network.arguments.embedding_dim), dtype=np.float32)
    for start in tqdm(range(0, len(rows), _BATCH), desc=progress, disable=progress is None, mininterval=2):
        part = rows[start : start + _BATCH]
        x = shown(data.pictures[part])
        with shown.device.autocast():
            features = network.features(x)
        result[start : start + len(part)] = network.embed(features.float()).cpu().numpy()
    return result
