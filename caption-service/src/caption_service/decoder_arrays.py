"""The arithmetic that decoders share: checked arrays, activations, normalisation.

Everything is float32, rows first. Layouts are those of Keras: a dense kernel is (in, out).
"""

from collections.abc import Mapping

import numpy as np

from caption_service.decoder_state import Float32
from diversity_contracts.manifest import BadArtifact

Arguments = Mapping[str, bool | int | float | str]
Shapes = dict[str, tuple[int, ...]]
LAYER_NORM_EPSILON = np.float32(1e-5)


def whole(arguments: Arguments, name: str) -> int:
    """A positive whole number among the arguments. Raises BadArtifact when it is missing or none."""
    value = arguments.get(name)
    if not isinstance(value, int) or isinstance(value, bool) or value < 1:
        raise BadArtifact(f"The decoder's {name} must be a positive whole number, not {value!r}.")
    return value


def checked(tensors: Mapping[str, Float32], shapes: Shapes) -> dict[str, Float32]:
    """The arrays, contiguous, when they are exactly those expected and finite; BadArtifact otherwise."""
    if missing := sorted(shapes.keys() - tensors.keys()):
        raise BadArtifact(f"The decoder's array {missing[0]!r} is missing.")
    if foreign := sorted(tensors.keys() - shapes.keys()):
        raise BadArtifact(f"The decoder has no array {foreign[0]!r}.")
    for name, shape in shapes.items():
        array = tensors[name]
        if array.shape != shape or array.dtype != np.float32:
            raise BadArtifact(
                f"The decoder's array {name!r} is {array.dtype} {array.shape}, expected float32 {shape}."
            )
        if not np.isfinite(array).all():
            raise BadArtifact(f"The decoder's array {name!r} holds numbers that are not finite.")
    return {name: np.ascontiguousarray(tensors[name]) for name in shapes}


def dense(inputs: Float32, arrays: Mapping[str, Float32], name: str) -> Float32:
    """inputs (..., in) to (..., out) by `<name>.kernel` and `<name>.bias`."""
    product: Float32 = inputs @ arrays[f"{name}.kernel"] + arrays[f"{name}.bias"]
    return product


def dense_shapes(name: str, inputs: int, outputs: int) -> Shapes:
    """The arrays of `dense`."""
    return {f"{name}.kernel": (inputs, outputs), f"{name}.bias": (outputs,)}


def relu(x: Float32) -> Float32:
    """max(x, 0)."""
    return np.maximum(x, np.float32(0))


def sigmoid(x: Float32) -> Float32:
    """1 ÷ (1 + e⁻ˣ), by tanh so that nothing overflows."""
    half = np.float32(0.5)
    value: Float32 = half * np.tanh(half * x) + half
    return value


def softmax(x: Float32) -> Float32:
    """Over the last axis."""
    grown = np.exp(x - x.max(axis=-1, keepdims=True))
    value: Float32 = grown / grown.sum(axis=-1, keepdims=True)
    return value


def log_softmax(x: Float32) -> Float32:
    """Natural logarithm of `softmax`, over the last axis."""
    shifted = x - x.max(axis=-1, keepdims=True)
    value: Float32 = shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))
    return value


def layer_norm(x: Float32, arrays: Mapping[str, Float32], name: str) -> Float32:
    """Over the last axis (Ba et al. 2016), variance over n, with `<name>.scale` and `<name>.offset`."""
    centred = x - x.mean(axis=-1, keepdims=True)
    variance = np.square(centred).mean(axis=-1, keepdims=True)
    scaled: Float32 = centred / np.sqrt(variance + LAYER_NORM_EPSILON)
    return scaled * arrays[f"{name}.scale"] + arrays[f"{name}.offset"]


def layer_norm_shapes(name: str, width: int) -> Shapes:
    """The arrays of `layer_norm`."""
    return {f"{name}.scale": (width,), f"{name}.offset": (width,)}
