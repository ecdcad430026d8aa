"""What a decoder carries from word to word."""

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

Float32 = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class State:
    """A decoder's arrays after some words; every array's first axis counts the same rows (sentences)."""

    arrays: tuple[Float32, ...]

    def take(self, rows: NDArray[np.intp]) -> Self:
        """The state of these rows, in this order; a row may be taken more than once."""
        return type(self)(tuple(array[rows] for array in self.arrays))
