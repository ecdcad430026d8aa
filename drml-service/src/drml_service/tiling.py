"""How codes lie in memory: tiles of sixteen vectors, pair of numbers by pair of numbers. Pure.

One instruction multiplies a pair of a query's numbers with the same pair of sixteen vectors and adds the
products up, so those thirty-two codes lie side by side: (n ÷ 16, p ÷ 2, 16 × 2). What else is
kept of sixteen vectors lies together too: (n ÷ 16, 6, 16).
"""

import numpy as np
from numpy.typing import NDArray

Int8 = NDArray[np.int8]
Float32 = NDArray[np.float32]
LANES = 16


def tiles(rows: int, width: int) -> Int8:
    """Tiles of zeros for at least `rows` vectors of an even `width`."""
    return np.zeros((-(-rows // LANES), width // 2, 2 * LANES), dtype=np.int8)


def write(into: Int8, places: NDArray[np.intp], codes: Int8) -> None:
    """Put codes (n, p) at the vectors' places (n,)."""
    _by_vector(into)[places // LANES, places % LANES] = codes.reshape(len(codes), -1, 2)


def read(tiled: Int8, count: int) -> Int8:
    """The codes (count, p) of the first vectors; a copy."""
    return _by_vector(tiled).reshape(len(tiled) * LANES, -1)[:count]


def read_numbers(tiled: Float32, count: int) -> Float32:
    """The numbers (6, count) of the first vectors; a copy."""
    return tiled.transpose(1, 0, 2).reshape(tiled.shape[1], -1)[:, :count]


def _by_vector(tiled: Int8) -> Int8:
    return tiled.reshape(len(tiled), -1, LANES, 2).transpose(0, 2, 1, 3)
