"""Pictures that are practically the same: which stay in a ranking, and which they stand for. Pure.

The first in rank stays, and what is like it among those after it is left out. Only likeness to one that stays
counts, no chain of likenesses, so reading a ranking further never takes back what stood before.
"""

from collections.abc import Collection, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from diversity_gateway.appearance import Appearance

# Measured: see the gateway's README.
MAX_BITS = 6  # of the 64 of the shapes
MAX_COLOUR_GAP = 6.0  # levels
MAX_PERCENTILE = 0.05  # of the one as the DRML view sees it from the other
# A picture's twin is named at it if it is among so many after it. A bound, so that a page says the same of a
# picture as the whole list does.
WINDOW = 64
_ROWS = 128  # compared at once with all after them: ten thousand pictures take 10 MB


def close_looks(looks: Sequence[Appearance | None]) -> list[tuple[int, int]]:
    """The pairs of places, first before second, that look the same by shapes and colours.

    A hundred take 0.3 ms, ten thousand 0.2 s.
    """
    known = [
        (place, look.shapes, look.colours)
        for place, look in enumerate(looks)
        if look is not None and look.shapes is not None
    ]
    if len(known) < 2:
        return []
    bits = np.array([shapes for _, shapes, _ in known], dtype=np.int64).view(np.uint64)
    pairs, levels = list[tuple[int, int]](), None
    for start in range(0, len(known), _ROWS):
        near = np.bitwise_count(bits[start : start + _ROWS, None] ^ bits[start:]) <= MAX_BITS
        if np.count_nonzero(near) == len(near):
            continue  # each is near itself alone, as mostly
        # The first of these columns is the first of these rows.
        first, later = np.divmod(np.flatnonzero(near), near.shape[1])
        ahead = first < later
        first, later = first[ahead], later[ahead]
        levels = _levels(known) if levels is None else levels
        gaps = np.abs(levels[start + first] - levels[start + later]).mean(axis=1)
        close = gaps <= MAX_COLOUR_GAP
        for one, other in zip((start + first[close]).tolist(), (start + later[close]).tolist(), strict=True):
            pairs.append((known[one][0], known[other][0]))
    return pairs


def _levels(known: Sequence[tuple[int, int, bytes]]) -> NDArray[np.int16]:
    """The colours (n, m) of places with their shapes and colours."""
    colours = np.frombuffer(b"".join(told for _, _, told in known), dtype=np.uint8)
    return colours.reshape(len(known), -1).astype(np.int16)


def equal_contents(contents: Sequence[str]) -> list[tuple[int, int]]:
    """The pairs of places with the same content hash, each with the first that has it."""
    first = dict[str, int]()
    return [
        (first[content], place)
        for place, content in enumerate(contents)
        if first.setdefault(content, place) != place
    ]


def without_twins(count: int, alike: Mapping[int, Collection[int]]) -> dict[int, list[int]]:
    """The places that stay, in order, each with its twins among the `WINDOW` after it.

    Args:
        alike: for a place, the later places that are practically the same as it.
    """
    if not alike:
        return {place: [] for place in range(count)}
    stays, gone = dict[int, list[int]](), set[int]()
    for place in range(count):
        if place in gone:
            continue
        twins = sorted(alike.get(place, ()))
        gone.update(twins)
        stays[place] = [twin for twin in twins if twin <= place + WINDOW]
    return stays
