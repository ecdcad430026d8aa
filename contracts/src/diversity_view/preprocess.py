"""A decoded picture to a network's input, by the rule that the artifact's manifest states."""

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from diversity_contracts.manifest import Preprocessing
from diversity_contracts.pictures import Extent, Reduction

# The filter training sets are packed with; Pillow's widens with the reduction, so nothing aliases.
FILTER = Image.Resampling.BILINEAR
# What is larger than the square by more than twice this is first averaged over whole blocks, to no less than
# it: the filter's cost grows with the pixels it reads.
GAP = 3.0


def square(picture: Image.Image, rule: Preprocessing) -> Image.Image:
    """`picture` (RGB, any size) scaled to `rule.size` a side."""
    return _square(picture, (float(picture.width), float(picture.height)), rule)


def reduction(rule: Preprocessing) -> Reduction:
    """To decode no more of a picture than `square` needs of it."""
    return Reduction(rule.size, lambda picture, extent: _square(picture, extent, rule))


def _square(picture: Image.Image, extent: Extent, rule: Preprocessing) -> Image.Image:
    size = (rule.size, rule.size)
    if extent == (float(rule.size), float(rule.size)):
        return picture
    box = (0.0, 0.0, *extent) if rule.resize == "squash" else _middle(*extent)
    return picture.resize(size, FILTER, box, reducing_gap=GAP)


def _middle(width: float, height: float) -> tuple[float, float, float, float]:
    """Left, top, right, bottom of the largest square about the middle."""
    side = min(width, height)
    left, top = (width - side) / 2, (height - side) / 2
    return left, top, left + side, top + side


def normalised(picture: Image.Image, rule: Preprocessing) -> NDArray[np.float32]:
    """An RGB picture to (size, size, 3): values of 0..1, less the mean, over the deviation, per channel."""
    samples = np.asarray(square(picture, rule), dtype=np.float32) / np.float32(255.0)
    mean = np.asarray(rule.mean, dtype=np.float32)
    std = np.asarray(rule.std, dtype=np.float32)
    scaled: NDArray[np.float32] = (samples - mean) / std
    return scaled
