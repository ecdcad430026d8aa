"""A decoded picture to a network's input, by the rule that the artifact's manifest states."""

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps

from diversity_contracts.manifest import Preprocessing

# The filter training sets are packed with; Pillow's widens with the reduction, so nothing aliases.
FILTER = Image.Resampling.BILINEAR


def square(picture: Image.Image, rule: Preprocessing) -> Image.Image:
    """`picture` (RGB, any size) scaled to `rule.size` a side."""
    size = (rule.size, rule.size)
    if picture.size == size:
        return picture
    if rule.resize == "squash":
        return picture.resize(size, FILTER)
    return ImageOps.fit(picture, size, FILTER)


def normalised(picture: Image.Image, rule: Preprocessing) -> NDArray[np.float32]:
    """An RGB picture to (size, size, 3): values of 0..1, less the mean, over the deviation, per channel."""
    samples = np.asarray(square(picture, rule), dtype=np.float32) / np.float32(255.0)
    mean = np.asarray(rule.mean, dtype=np.float32)
    std = np.asarray(rule.std, dtype=np.float32)
    scaled: NDArray[np.float32] = (samples - mean) / std
    return scaled
