"""An encoder whose answers can be worked out by hand: the mean colour, 0..255, in float32."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from diversity_contracts.reductions import Reduction


class MeanColour:
    """A picture's vector is (red, green, blue); its embedding is the vector followed by a zero."""

    dimension = 3
    runtime = "by hand"
    precision = "float32"
    note: str | None = None
    reduction: Reduction | None = None

    @property
    def form(self) -> str:
        """Nothing else decides its numbers."""
        return self.precision

    def __init__(self) -> None:
        self.encoded = 0
        self.calls = 0

    def prepare(self, picture: Image.Image) -> NDArray[np.float32]:
        mean: NDArray[np.float32] = np.asarray(picture, dtype=np.float64).mean(axis=(0, 1)).astype(np.float32)
        return mean

    def encode(self, inputs: Sequence[NDArray[np.float32]]) -> NDArray[np.float32]:
        self.encoded += len(inputs)
        self.calls += 1
        return np.stack(inputs)

    def lift(self, vectors: NDArray[np.float32]) -> NDArray[np.float64]:
        return np.column_stack([vectors, np.zeros(len(vectors))]).astype(np.float64)
