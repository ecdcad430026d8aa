"""Which rows may be among the k at one end, when all that is known are bounds. Pure."""

import numpy as np
from numpy.typing import NDArray

from drml_service.search import End, Float32, Float64

Bounds = Float32 | Float64

# The best of every 64 rows: k of those are k rows, so that they are a bar for the k-th of all.
_GROUP = 64


def bar(bounds: Bounds, k: int, end: End) -> float:
    """A value that at least k rows are sure not to lie behind.

    Args:
        bounds: (n,), the upper bounds for the nearest, the lower ones for the farthest.
        k: 1..n.
    """
    groups = len(bounds) // _GROUP
    if 8 * k <= groups:
        grouped = bounds[: groups * _GROUP].reshape(_GROUP, groups)
        bounds = grouped.min(axis=0) if end == "nearest" else grouped.max(axis=0)
    place = k - 1 if end == "nearest" else len(bounds) - k
    return float(np.partition(bounds, place)[place])


def not_behind(lower: Bounds, upper: Bounds, limit: float, slack: float, end: End) -> NDArray[np.intp]:
    """The rows, ascending, that are not surely behind `limit` by more than `slack`; (n,) each."""
    if end == "nearest":
        return np.flatnonzero(lower <= np.nextafter(lower.dtype.type(limit + 2 * slack), np.inf))
    return np.flatnonzero(upper >= np.nextafter(upper.dtype.type(limit - 2 * slack), -np.inf))


def kth(distances: Float64, k: int, end: End) -> float:
    """The k-th of exact distances (n,), from that end."""
    place = k - 1 if end == "nearest" else len(distances) - k
    return float(np.partition(distances, place)[place])


def first(values: Bounds, k: int, end: End) -> NDArray[np.intp]:
    """The positions of the k first of `values` (n,) from that end, in no order."""
    if k >= len(values):
        return np.arange(len(values))
    return np.argpartition(values, k)[:k] if end == "nearest" else np.argpartition(values, -k)[-k:]
