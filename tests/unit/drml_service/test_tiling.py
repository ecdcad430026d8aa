"""Codes lie in tiles as written, and a tile's instruction finds them there, whichever way it takes."""

import numpy as np
import pytest

from drml_service import tiling
from drml_service.compiled import inlined
from drml_service.tile_products import instructions, lowest_bit, tile_against
from drml_service.tiling import LANES

STEPS, QUERIES = 16, 8
AVX2 = [] if instructions() == "plain" else ["avx2"]  # which machines with AVX-512 have too


def test_written_codes_are_read_again() -> None:
    random = np.random.default_rng(0)
    codes = random.integers(-127, 128, (40, 64)).astype(np.int8)
    tiles = tiling.tiles(40, 64)
    assert tiles.shape == (3, 32, 2 * LANES)
    places = random.permutation(40)
    tiling.write(tiles, places, codes)
    np.testing.assert_array_equal(tiling.read(tiles, 40)[places], codes)
    assert tiles[1, 5, 6:8].tolist() == tiling.read(tiles, 40)[19, 10:12].tolist()  # the 4th of the 2nd tile


@pytest.mark.parametrize("way", sorted({"plain", instructions(), *AVX2}))
def test_each_way_multiplies_alike(way: str) -> None:
    """Against a product in int64; the largest codes, whose sums stay below 2²⁴, among them."""
    random = np.random.default_rng(1)
    codes = random.integers(-127, 128, (LANES, 2 * STEPS)).astype(np.int8)
    asked = random.integers(-4_128, 4_129, (QUERIES, 2 * STEPS)).astype(np.int16)
    codes[3], asked[2] = -127, 4_128
    tiles = tiling.tiles(LANES, 2 * STEPS)
    tiling.write(tiles, np.arange(LANES), codes)
    squares, scales = random.random((2, LANES), dtype=np.float32)
    doubles = random.random(QUERIES, dtype=np.float32)
    middles, bits = np.zeros((QUERIES, LANES), np.float32), np.zeros(QUERIES, np.int32)
    products = asked.astype(np.int64) @ codes.T
    expected = squares - products.astype(np.float32) * scales * doubles[:, None]
    limits = np.ascontiguousarray(np.sort(expected, axis=1)[:, [2, -2]])
    several = tile_against(QUERIES, way)

    @inlined
    def run(  # noqa: PLR0917 - numba passes by position
        tiles: np.ndarray, words: np.ndarray, squares: np.ndarray, scales: np.ndarray, doubles: np.ndarray,
        limits: np.ndarray, middles: np.ndarray, bits: np.ndarray,
    ) -> int:  # fmt: skip
        return several(
            tiles.ctypes.data, words.ctypes.data, STEPS, squares.ctypes.data, scales.ctypes.data,
            doubles.ctypes.data, limits.ctypes.data, middles.ctypes.data, bits.ctypes.data,
        )  # fmt: skip

    together = run(tiles, asked.view(np.int32), squares, scales, doubles, limits, middles, bits)
    np.testing.assert_array_equal(middles, expected)
    reached = [expected <= limits[:, :1], expected >= limits[:, 1:]]
    lanes = 1 << np.arange(LANES, dtype=np.int64)
    wanted = (reached[0] @ lanes) | (reached[1] @ lanes) << LANES
    assert (bits.astype(np.int64) & 0xFFFFFFFF).tolist() == wanted.tolist()
    assert together & 0xFFFFFFFF == np.bitwise_or.reduce(wanted)


def test_the_lowest_bit() -> None:
    @inlined
    def run(bits: int) -> int:
        return lowest_bit(bits)

    assert [run(bits) for bits in (1, 12, 1 << 31, 1 << 40)] == [0, 2, 31, 40]
