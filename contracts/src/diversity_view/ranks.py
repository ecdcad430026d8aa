"""Where an entry stands among all: percentiles with ties in the middle, order with ties by id."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Float64 = NDArray[np.float64]


def mid_rank(closer: NDArray[np.intp], tied: NDArray[np.intp], others: int) -> Float64:
    """(closer + ½ · other ties) ÷ others. A picture that has no others is in the middle: 0.5."""
    if others == 0:
        return np.full(len(closer), 0.5)
    share: Float64 = (closer + 0.5 * tied) / others
    return share


def percentiles_among(values: Float64, asked: Float64) -> Float64:
    """The percentiles of entries whose distances are `asked` (m,), themselves among `values` (n,)."""
    ascending = np.sort(values)
    closer = np.searchsorted(ascending, asked, side="left")
    tied = np.searchsorted(ascending, asked, side="right") - closer - 1
    return mid_rank(closer, tied, len(values) - 1)


def in_order(keys: Float64, ids: Sequence[str] | NDArray[np.object_]) -> NDArray[np.intp]:
    """The positions by key (n,), ties by id."""
    order = np.argsort(keys, kind="stable")
    keys = keys[order]
    starts = np.flatnonzero(np.r_[True, keys[1:] != keys[:-1]]) if len(keys) else np.empty(0, dtype=np.intp)
    ends = np.r_[starts[1:], len(keys)] if len(keys) else starts
    for start, stop in zip(starts[ends - starts > 1], ends[ends - starts > 1], strict=True):
        order[start:stop] = sorted(order[start:stop], key=lambda position: str(ids[position]))
    return order
