"""EfficientNet-Lite as a Keras network: EfficientNet for machines without a GPU.

Width and depth are scaled as in Tan & Le 2019. The published lite variant has ReLU6 in place of swish, no
squeeze-and-excitation, and does not scale the stem (32 channels), the head (1280), nor the repeats of the
first and the last stage.
"""

import math
from typing import NamedTuple

import keras


class _Stage(NamedTuple):
    repeats: int
    kernel: int
    stride: int
    expansion: int
    channels: int


_STAGES = (
    _Stage(1, 3, 1, 1, 16),
    _Stage(2, 3, 2, 6, 24),
    _Stage(2, 5, 2, 6, 40),
    _Stage(3, 3, 2, 6, 80),
    _Stage(3, 5, 1, 6, 112),
    _Stage(4, 5, 2, 6, 192),
    _Stage(1, 3, 1, 6, 320),
)
# Width and depth.
_SCALES = {
    "efficientnet-lite0": (1.0, 1.0),
    "efficientnet-lite1": (1.0, 1.1),
    "efficientnet-lite2": (1.1, 1.2),
}
STEM_CHANNELS = 32
HEAD_CHANNELS = 1280
_EPSILON = 1e-3


def lite_map(pictures: keras.KerasTensor, name: str) -> keras.KerasTensor:
    """(N, size, size, 3) to the map (N, ⌈size ÷ 32⌉, ⌈size ÷ 32⌉, 1280) that is pooled."""
    width, depth = _SCALES[name]
    x = _normalised(_convolved(pictures, STEM_CHANNELS, 3, 2, "stem"), "stem")
    channels, block = STEM_CHANNELS, 0
    for number, stage in enumerate(_STAGES):
        fixed = number in (0, len(_STAGES) - 1)
        repeats = stage.repeats if fixed else math.ceil(depth * stage.repeats)
        outputs = scaled_channels(stage.channels, width)
        for repeat in range(repeats):
            stride = stage.stride if repeat == 0 else 1
            x = _block(x, channels, outputs, stage, stride=stride, name=f"block{block}")
            channels, block = outputs, block + 1
    return _normalised(_convolved(x, HEAD_CHANNELS, 1, 1, "head"), "head")


def scaled_channels(channels: int, width: float) -> int:
    """channels · width to the nearest multiple of 8, never more than a tenth less."""
    wanted = channels * width
    rounded = max(8, int(wanted + 4) // 8 * 8)
    return rounded + 8 if rounded < 0.9 * wanted else rounded


def _block(
    x: keras.KerasTensor, inputs: int, outputs: int, stage: _Stage, *, stride: int, name: str
) -> keras.KerasTensor:
    """Inverted bottleneck: widen, convolve each channel by itself, narrow; add the input where it fits."""
    inner = x
    if stage.expansion != 1:
        inner = _normalised(
            _convolved(inner, inputs * stage.expansion, 1, 1, f"{name}_expand"), f"{name}_expand"
        )
    inner = keras.layers.DepthwiseConv2D(
        stage.kernel, strides=stride, padding="same", use_bias=False, name=f"{name}_depthwise"
    )(inner)
    inner = _normalised(inner, f"{name}_depthwise")
    inner = _convolved(inner, outputs, 1, 1, f"{name}_project")
    inner = keras.layers.BatchNormalization(epsilon=_EPSILON, name=f"{name}_project_norm")(inner)
    if stride == 1 and inputs == outputs:
        return keras.layers.Add(name=f"{name}_add")([inner, x])
    return inner


def _convolved(x: keras.KerasTensor, channels: int, kernel: int, stride: int, name: str) -> keras.KerasTensor:
    return keras.layers.Conv2D(
        channels, kernel, strides=stride, padding="same", use_bias=False, name=f"{name}_conv"
    )(x)


def _normalised(x: keras.KerasTensor, name: str) -> keras.KerasTensor:
    x = keras.layers.BatchNormalization(epsilon=_EPSILON, name=f"{name}_norm")(x)
    return keras.layers.ReLU(6.0, name=f"{name}_relu")(x)
