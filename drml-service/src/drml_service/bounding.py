"""How far a vector's value may be from the middle that its codes give, for compiled loops.

A value is d² − ‖q‖²; the middle is ‖x‖² − 2 t s (d·c).
"""

import numpy as np

from drml_service.codes import BOUNDED, SCALE, Int8, Int32
from drml_service.compiled import compiled, inlined
from drml_service.search import Float32, Float64
from drml_service.tile_products import instructions, tile_against
from drml_service.tiling import LANES

_BOUNDED, _SCALE = BOUNDED.stop, SCALE
_one = tile_against(1, instructions())


@inlined
def error_of(shares: Float64, numbers: Float32, row: int) -> float:
    """The error of the vector at `row` of numbers (n ÷ 16, 6, 16) as seen from a query with shares (6,)."""
    error = shares[_BOUNDED]
    for number in range(_BOUNDED):
        error += shares[number] * numbers[row // LANES, number, row % LANES]
    return float(error)


@compiled
def write_bounds(  # noqa: PLR0917 - numba passes by position
    tiles: Int8,
    numbers: Float32,
    words: Int32,
    doubles: Float32,
    shares: Float64,
    lower: Float64,
    upper: Float64,
) -> None:
    """Write between what the values of the first vectors lie, as many as `lower` (n,) has places.

    Args:
        tiles: (≥ n ÷ 16, p ÷ 2, 32).
        numbers: (≥ n ÷ 16, 6, 16).
        words: of one query, (1, p ÷ 2).
        doubles: its 2t, (1,).
        shares: (6,).
    """
    middles, bits = np.empty(LANES, dtype=np.float32), np.empty(1, dtype=np.int32)
    limits = np.zeros(2, dtype=np.float32)
    steps, count = tiles.shape[1], len(lower)
    for tile in range(-(-count // LANES)):
        first = tile * LANES
        _one(
            tiles.ctypes.data + first * 2 * steps,
            words.ctypes.data,
            steps,
            numbers[tile].ctypes.data,
            numbers[tile, _SCALE].ctypes.data,
            doubles.ctypes.data,
            limits.ctypes.data,
            middles.ctypes.data,
            bits.ctypes.data,
        )
        for row in range(first, min(first + LANES, count)):
            error = error_of(shares, numbers, row)
            lower[row] = middles[row - first] - error
            upper[row] = middles[row - first] + error
