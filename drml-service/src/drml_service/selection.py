"""Which rows may be among the k at one end, when all that is known are bounds. Pure."""

import numpy as np
from numpy.typing import NDArray

from drml_service.search import End, Float32, Float64

Bounds = Float32 | Float64


def not_behind(lower: Bounds, upper: Bounds, limit: float, slack: float, end: End) -> NDArray[np.intp]:
    """The rows, ascending, that are not surely behind `limit` by more than `slack`; (n,) each."""
    if end == "nearest":
        return np.flatnonzero(lower <= np.nextafter(lower.dtype.type(limit + 2 * slack), np.inf))
    return np.flatnonzero(upper >= np.nextafter(upper.dtype.type(limit - 2 * slack), -np.inf))


def kth(values: Bounds, k: int, end: End) -> float:
    """The k-th of values (n,), from that end."""
    place = k - 1 if end == "nearest" else len(values) - k
    return float(np.partition(values, place)[place])
