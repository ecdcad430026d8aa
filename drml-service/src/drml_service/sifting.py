"""One pass over the codes for several queries at once: which rows may be among the k at either end.

Of every sixteen rows the middles between the bounds are computed for all queries. The k least upper bounds
seen so far are kept in a heap, whose top is the bar: a row whose lower bound is past it is behind k others,
whatever the truth. Rows that are not are noted. The bar only falls: what was noted early may be past
it at the end.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from drml_service.bounding import error_of
from drml_service.codes import BOUNDED, NUMBERS, SCALE, CodedQueries, Int8, Int32
from drml_service.compiled import compiled, inlined
from drml_service.heaps import replace_top
from drml_service.search import End, Float32, Float64
from drml_service.segments import Segments
from drml_service.tile_products import instructions, lowest_bit, tile_against
from drml_service.tiling import LANES

Rows = NDArray[np.int64]
ENDS: tuple[End, End] = ("nearest", "farthest")
OVERFLOW = -1
# So many queries' sums stay in registers, with a tile's codes: AVX-512 has as many again, each twice as wide.
AT_ONCE = 8 if instructions() == "avx512" else 4
_SCALE, _OVERFLOW = SCALE, OVERFLOW
_one, _several = tile_against(1, instructions()), tile_against(AT_ONCE, instructions())
_ALL = np.int64(0xFFFFFFFF)
# Room for rows of one query at one end: five times what 100,000 clustered vectors ever noted.
_ROOM = 4_096


@dataclass(frozen=True, slots=True)
class Sieve:
    """For k queries and both ends: heaps (k, 2, depth), rows and lower bounds (k, 2, room), counts (k, 2).

    Values are negated for the farthest, so that less is always better. A count of `OVERFLOW` says that there
    were more rows than there was room for: whoever asks has to look at all of them.
    """

    heaps: Float64
    rows: Rows
    lower: Float64
    counts: Rows


def sifted(
    segments: Segments,
    coded: CodedQueries,
    *,
    depth: int,
    ends: Sequence[End],
    own: Rows,
    hidden: NDArray[np.bool_],
) -> Sieve:
    """The rows that hold the `depth` first at each of `ends` and their ties, for each query.

    Args:
        depth: 1 or more; no fewer rows than there are that may be returned.
        own: for each query the row that is not returned, or −1.
        hidden: rows that are returned to nobody, (n,), or none at all, (0,).
    """
    count, room = len(coded.words), max(_ROOM, 4 * depth)
    asked = np.array([end in ends for end in ENDS])
    heaps = np.empty((count, len(ENDS), depth))
    heaps[:] = np.where(asked, np.inf, -np.inf)[:, None]
    shape = (count, len(ENDS), room)
    sieve = Sieve(heaps, np.empty(shape, np.int64), np.empty(shape), np.zeros((count, len(ENDS)), np.int64))
    first = 0
    for part in segments.parts:
        worst = coded.shares[:, :-1] @ part.largest[BOUNDED] + coded.shares[:, -1]
        _sift(
            part.tiles, part.numbers, part.count, first, coded.words, coded.double_scales, coded.shares,
            worst, own, hidden, sieve.heaps, sieve.rows, sieve.lower, sieve.counts,
        )  # fmt: skip
        first += part.count
    return sieve


@inlined
def _limit(end: int, bar: float, error: float) -> np.float32:
    """What a middle must reach at that end to be looked at; NaN, which none does, where nothing is asked."""
    value = bar + error
    value += abs(value) * 3e-7 + 1e-37  # a few roundings to float32, and its least normal number
    return np.float32(value if end == 0 else -value)


@inlined
def _drop(rows: Rows, lower: Float64, count: int, bar: float) -> int:
    """Take out what is past the bar; how many are left."""
    left = 0
    for place in range(count):
        if lower[place] <= bar:
            rows[left], lower[left] = rows[place], lower[place]
            left += 1
    return left


@inlined
def _note(rows: Rows, lower: Float64, counts: Rows, row: int, least: float, heap: Float64) -> None:  # noqa: PLR0917 - numba passes by position
    """Put a row and its lower bound past those noted, making room where there is none; (room,) and (1,)."""
    count = counts[0]
    if count == len(rows):
        count = _drop(rows, lower, count, heap[0])
        if 2 * count > len(rows):
            counts[0], heap[0] = _OVERFLOW, -np.inf
            return
    rows[count], lower[count], counts[0] = row, least, count + 1


@compiled
def _sift(  # noqa: PLR0917 - numba passes by position
    tiles: Int8, numbers: Float32, count: int, start: int, words: Int32, doubles: Float32, shares: Float64,
    worst: Float64, own: Rows, hidden: NDArray[np.bool_], heaps: Float64, rows: Rows, lower: Float64,
    counts: Rows,
) -> None:  # fmt: skip
    queries, steps = len(words), tiles.shape[1]
    limits = np.empty((queries, 2), dtype=np.float32)
    middles = np.empty((queries, LANES), dtype=np.float32)
    bits = np.empty(queries, dtype=np.int32)
    for query in range(queries):
        for end in range(2):
            limits[query, end] = _limit(end, heaps[query, end, 0], worst[query])
    for first in range(0, count, LANES):
        present = _ALL
        if count - first < LANES:
            present = (np.int64(1) << (count - first)) - 1
            present |= present << LANES
        begin = 0
        while begin < queries:
            arguments = (
                tiles.ctypes.data + first * 2 * steps,
                words.ctypes.data + begin * steps * 4,
                steps,
                numbers.ctypes.data + first * NUMBERS * 4,
                numbers.ctypes.data + (first * NUMBERS + _SCALE * LANES) * 4,
                doubles.ctypes.data + begin * 4,
                limits.ctypes.data + begin * 8,
                middles.ctypes.data + begin * LANES * 4,
                bits.ctypes.data + begin * 4,
            )
            if begin + AT_ONCE <= queries:
                reached, following = _several(*arguments), begin + AT_ONCE
            else:
                reached, following = _one(*arguments), begin + 1
            for query in range(begin, following if reached & present else begin):
                left = np.int64(bits[query]) & present
                while left:
                    bit = lowest_bit(left)
                    left &= left - 1
                    end, lane = bit // LANES, bit % LANES
                    heap, row = heaps[query, end], start + first + lane
                    error = error_of(shares[query], numbers, first + lane)
                    middle = np.float64(middles[query, lane])
                    value = middle if end == 0 else -middle
                    if value - error > heap[0] or row == own[query] or (len(hidden) and hidden[row]):
                        continue
                    if value + error < heap[0]:
                        replace_top(heap, value + error)
                    at = counts[query, end : end + 1]
                    _note(rows[query, end], lower[query, end], at, row, value - error, heap)
                    limits[query, end] = _limit(end, heap[0], worst[query])
            begin = following
