"""Pictures that are practically the same: which stay in a ranking, and which they stand for. Pure.

The first in rank stays, and what is like it among those after it is left out. Only likeness to one that stays
counts, no chain of likenesses, so reading a ranking further never takes back what stood before.
"""

from collections.abc import Collection, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from diversity_gateway.appearance import Appearance, colour_gap

# Measured: see the gateway's README.
MAX_BITS = 6  # of the 64 of the shapes
MAX_COLOUR_GAP = 6.0  # levels
MAX_PERCENTILE = 0.05  # of the one as the DRML view sees it from the other
# A picture's twin is named at it if it is among so many after it. A bound, so that a page says the same of a
# picture as the whole list does.
WINDOW = 64


def close_looks(looks: Sequence[Appearance | None]) -> list[tuple[int, int]]:
    """The pairs of places, first before second, that look the same by shapes and colours.

    A thousand take about 10 ms, ten thousand a second.
    """
    told = [(place, look) for place, look in enumerate(looks) if look is not None]
    known = [(place, look, look.shapes) for place, look in told if look.shapes is not None]
    bits: NDArray[np.uint64] = np.array(
        [shapes & 0xFFFF_FFFF_FFFF_FFFF for _, _, shapes in known], dtype=np.uint64
    )
    pairs = list[tuple[int, int]]()
    for row, (place, look, _) in enumerate(known[:-1]):
        differing = np.bitwise_count(bits[row + 1 :] ^ bits[row])
        for later in np.flatnonzero(differing <= MAX_BITS) + row + 1:
            other, its_look, _ = known[int(later)]
            if colour_gap(look.colours, its_look.colours) <= MAX_COLOUR_GAP:
                pairs.append((place, other))
    return pairs


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
    stays, gone = dict[int, list[int]](), set[int]()
    for place in range(count):
        if place in gone:
            continue
        twins = sorted(alike.get(place, ()))
        gone.update(twins)
        stays[place] = [twin for twin in twins if twin <= place + WINDOW]
    return stays
