"""The far band and the order inside it: how divergent a picture is for itself. Pure.

Raw farthest returns the same outliers to everybody. So the furthest pictures of the ranking, the far band,
are ordered by `adjusted`: each view's standardised value of how much further the picture is from this query
than from a fixed reference sample (`correction.md` in the DRML service's docs), blended as percentiles are.
Behind the band the ranking goes on by divergence.
"""

from collections.abc import Mapping

import numpy as np

from diversity_gateway.measured import Column
from diversity_gateway.ranking import Band, Key, Order, in_order, is_proven, weighted

SHARE = 100  # the band is the furthest hundredth
PER_LISTED = 10  # or so many times the pictures asked for, if that is more


def band_size(eligible: int, listed: int) -> int:
    """How many pictures the far band has, ties with the last not counted.

    Args:
        eligible: pictures that could be returned, whether near or far.
        listed: pictures on a page.
    """
    return max(-(-eligible // SHARE), PER_LISTED * listed)


def blend_adjusted(values: Mapping[str, Column], weights: Mapping[str, float]) -> Column:
    """The weighted mean (n,) of the views' adjusted values over those that have one; NaN where none has."""
    return weighted(values, weights)[0]


def length(divergence: Column, size: int | None) -> int:
    """How many of pictures with these divergences (m,), falling, are in a band of `size`: whole runs of ties.

    None: an explicit band has cut the ranking already, and all of it is the pool.
    """
    if size is None or len(divergence) <= size:
        return len(divergence)
    return int(np.count_nonzero(divergence >= divergence[size - 1]))


def reordered(ranked: Order, size: int | None, adjusted: Column) -> Order:
    """`ranked` with its far band in the order of `adjusted`, largest first, ties by image_id.

    What has no adjusted value (views without a reference sample) comes after what has one, by divergence.

    Args:
        adjusted: (n,), of every candidate; NaN where there is none.
    """
    stop = length(ranked.divergence, size)
    band = ranked.rows[:stop]
    untold = np.isnan(adjusted[band])
    told = np.flatnonzero(~untold)
    best = in_order(-adjusted[band[told]], band[told], ranked.candidates.image_ids)
    order = np.concatenate([told[best], np.flatnonzero(untold), np.arange(stop, len(ranked))])
    rows = ranked.rows[order]
    values = adjusted[rows]
    values[stop:] = np.nan
    return Order(ranked.candidates, rows, ranked.divergence[order], values)


def is_band_proven(
    ranked: Order, size: int | None, wanted: int, unseen: Key | None, band: Band | None
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
    if len(ranked) < size or ranked.divergence[size - 1] <= best:
        return False
    return wanted <= size or is_proven("divergent", ranked, wanted, unseen, None)
