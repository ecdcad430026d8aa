"""How far every row is from a set of members, when all that is known are inner products in float32. Pure.

A row's value is min D(h, x) ÷ w over the members h with weights w; of one member with weight 1 it is the
distance. As in `joint`, whose definition is used wherever these bounds do not decide.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from drml_service import search
from drml_service.search import End, Float32, Float64

# The rounding of the roots and quotients below, in float64.
_WIDER = 1e-14


@dataclass(frozen=True, slots=True)
class Intervals:
    """Rows (n,) with bounds (n,) on their values, both ends included."""

    rows: NDArray[np.intp]
    lower: Float64
    upper: Float64

    def behind_none(self, wanted: int, end: End) -> NDArray[np.intp]:
        """The rows that may be among the `wanted` at one end, runs of ties whole; 1 ≤ wanted ≤ n."""
        if end == "nearest":
            kept = self.lower <= np.partition(self.upper, wanted - 1)[wanted - 1]
        else:
            kept = self.upper >= np.partition(self.lower, -wanted)[-wanted]
        rows: NDArray[np.intp] = self.rows[kept]
        return rows

    def straddling(self, values: Float64) -> NDArray[np.bool_]:
        """Which rows (n,) have one of `values` (m,), ascending, within their bounds."""
        first = np.searchsorted(values, self.lower, side="left")
        return np.asarray(np.searchsorted(values, self.upper, side="right") > first)

    def without(self, rows: frozenset[int]) -> "Intervals":
        """All others."""
        if not rows:
            return self
        kept = ~np.isin(self.rows, np.fromiter(rows, dtype=np.intp))
        return Intervals(self.rows[kept], self.lower[kept], self.upper[kept])


def joint_bounds(
    products: Float32, squares: Float64, weights: Float64, dimension: int, largest_norm: float
) -> tuple[Float64, Float64]:
    """Bounds (n,) on every row's value.

    Args:
        products: ‖x‖² − 2h·x as a scan finds them, (m, n).
        squares: ‖h‖², (m,).
        weights: (m,), in (0, 1].
        dimension: r.
        largest_norm: no row's ‖x‖ is larger.
    """
    errors = np.array([
        search.scan_error(dimension, square**0.5, largest_norm) for square in squares.tolist()
    ])  # fmt: skip
    found = products.astype(np.float64)
    found += squares[:, None]
    lower = np.sqrt(np.maximum(found - errors[:, None], 0.0)) / weights[:, None]
    found += errors[:, None]
    upper = np.sqrt(np.maximum(found, 0.0)) / weights[:, None]
    return lower.min(axis=0) * (1 - _WIDER), upper.min(axis=0) * (1 + _WIDER)
