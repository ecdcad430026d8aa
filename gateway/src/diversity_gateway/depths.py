"""How deep to read the views' lists at first, so that mostly one request a view is enough. Pure."""

from math import ceil, sqrt

from diversity_gateway.far_band import band_size
from diversity_gateway.wishes import Wish

MAX_DEPTH = 100_000  # the most entries a view lists in one reply
SLACK = 16  # a few more than wanted, so that one deletion in flight does not cost a second round
_SPARE = 1.2  # on the estimate for views that have nothing to do with each other: real ones agree a little


def first_depth(wish: Wish, size: int, eligible: int, views: int) -> int:
    """Entries of each list to ask for first.

    A list of pictures is as long as what is wanted, or the far band; what lies between the end and a band's
    near bound is skipped. Two independent views have their k most divergent of N within the first √(kN ÷ 2)
    of each: the blend passes 1 − t on a corner of area (2t)² ÷ 2 of the unit square, which is k ÷ N, and a
    picture of that corner stands before t in one view at least.

    Args:
        size: pictures in the catalogue.
        eligible: those that pass the wish's filter.
        views: that rank.
    """
    depth = wish.wanted + min(len(wish.exclude), wish.wanted) + SLACK
    if wish.band is not None:
        far, near = 1 - wish.band.high, wish.band.low
        depth += round(size * (far if wish.mode == "divergent" else near))
        if wish.listed is not None:  # the whole band is the pool
            depth = max(depth, ceil(size * (1 - wish.band.low)) + SLACK)
    elif wish.listed is not None:
        far_band = max(wish.wanted, band_size(eligible, wish.listed)) + len(wish.exclude)
        share = size / max(1, eligible)  # so many are read for one that passes the filter
        depth = max(depth, ceil(min(size, far_band * share)) + SLACK)
        if views > 1:
            depth = max(depth, ceil(_SPARE * sqrt(far_band * share * size / 2)) + SLACK)
    return min(MAX_DEPTH, depth)
