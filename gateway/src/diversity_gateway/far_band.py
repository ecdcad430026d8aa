"""The far band and the order inside it: how divergent a picture is for itself. Pure.

Raw farthest returns the same outliers to everybody. So the furthest pictures of the ranking, the far band,
are ordered by `adjusted`: each view's standardised value of how much further the picture is from this query
than from a fixed reference sample (`correction.md` in the DRML service's docs), blended as percentiles are.
Behind the band the ranking goes on by divergence.
"""

from collections.abc import Mapping

from diversity_gateway.ranking import Band, Key, Percentiles, Ranked, is_proven, order_key

SHARE = 100  # the band is the furthest hundredth
PER_LISTED = 10  # or so many times the pictures asked for, if that is more


def band_size(eligible: int, listed: int) -> int:
    """How many pictures the far band has, ties with the last not counted.

    Args:
        eligible: pictures that could be returned, whether near or far.
        listed: pictures on a page.
    """
    return max(-(-eligible // SHARE), PER_LISTED * listed)


def blend_adjusted(values: Percentiles, weights: Mapping[str, float]) -> float | None:
    """The weighted mean of the views' adjusted values over those that have one; None where none has."""
    present = [(weight, values[view]) for view, weight in weights.items() if view in values and weight > 0]
    if len(present) < 2:
        return present[0][1] if present else None
    return sum(weight * value for weight, value in present) / sum(weight for weight, _ in present)


def length(ranked: list[Ranked], size: int | None) -> int:
    """How many of `ranked` (the most divergent first) are in a band of `size`: whole runs of ties.

    None: an explicit band has cut the ranking already, and all of it is the pool.
    """
    if size is None or len(ranked) <= size:
        return len(ranked)
    last = ranked[size - 1].divergence
    return next(
        (place for place in range(size, len(ranked)) if ranked[place].divergence != last), len(ranked)
    )


def reordered(ranked: list[Ranked], size: int | None, adjusted: Mapping[str, float]) -> list[Ranked]:
    """`ranked` with its far band in the order of `adjusted`, largest first, ties by image_id.

    What has no adjusted value (views without a reference sample) comes after what has one, by divergence.
    """
    stop = length(ranked, size)
    band = [
        Ranked(entry.image_id, entry.divergence, entry.percentiles, adjusted.get(entry.image_id))
        for entry in ranked[:stop]
    ]
    band.sort(key=_place)
    return band + ranked[stop:]


def is_band_proven(
    ranked: list[Ranked], size: int | None, wanted: int, unseen: Key | None, band: Band | None
) -> bool:
    """Whether the far band holds what it holds over the whole catalogue, and the first `wanted` are right.

    The band is complete when no unseen picture can reach its last divergence, not even as a tie; an explicit
    one when every unseen picture lies below it.

    Args:
        unseen: `ranking.unseen_key` for the mode `divergent`.
    """
    if unseen is None:
        return True
    best = -unseen[0]
    if size is None:
        return band is not None and best < band.low
    if len(ranked) < size or ranked[size - 1].divergence <= best:
        return False
    return wanted <= size or is_proven("divergent", ranked, wanted, unseen, None)


def _place(entry: Ranked) -> tuple[bool, tuple[float, str]]:
    if entry.adjusted is None:
        return (True, order_key("divergent", entry.divergence, entry.image_id))
    return (False, (-entry.adjusted, entry.image_id))
