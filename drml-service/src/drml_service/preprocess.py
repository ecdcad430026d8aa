"""A decoded picture to the network's input, channels first."""

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from diversity_contracts.manifest import Preprocessing
from diversity_view.preprocess import normalised


def network_input(picture: Image.Image, rule: Preprocessing) -> NDArray[np.float32]:
    """An RGB picture to (3, size, size), contiguous; values as `normalised` gives them."""
    return np.ascontiguousarray(normalised(picture, rule).transpose(2, 0, 1))
