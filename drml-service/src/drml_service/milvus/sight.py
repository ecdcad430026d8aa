"""A table in Milvus as seen from a set of members: both ends, given pictures, exact."""

import numpy as np
from numpy.typing import NDArray

from diversity_view.ranks import mid_rank
from drml_service import search
from drml_service.histories import Members
from drml_service.joint import Joint, joint_distances
from drml_service.milvus.intervals import Intervals
from drml_service.milvus.listing import listed
from drml_service.milvus.table import Gathered, MilvusTable
from drml_service.search import End, Float64
from drml_service.searcher import Hit

# Rows measured at once: of 513 numbers 33 MB.
_CHUNK = 16_384


class Sight:
    """One query's or one history's view of one table. Every row's value is known within bounds after all
    products were fetched; rows on which the bounds do not decide are fetched and measured in float64.

    Hits tell `adjusted`, but for lists from the near end: that of the member which holds the picture."""

    def __init__(self, table: MilvusTable, members: Members) -> None:
        self._table, self._members = table, members
        self._all: Intervals = table.intervals(members.vectors, members.weights).without(members.own)

    def end(self, n: int, end: End) -> list[Hit]:
        """The `n` nearest or farthest, ties by id; a member's own entry is neither counted nor returned."""
        wanted = min(n, len(self._all.rows))
        if wanted <= 0:
            return []
        gathered, joint = self._measured(self._all.behind_none(wanted, end))
        order = search.ordered(joint.nearest, gathered.ids, end)
        shares = search.percentiles_at_end(joint.nearest[order], end, len(self._all.rows) - 1)
        best = order[:wanted]
        corrected = self._table.corrects and end == "farthest"
        return listed(gathered.at(best), joint.distances[best], shares[:wanted], corrected=corrected)

    def measure(self, rows: NDArray[np.intp]) -> list[Hit]:
        """The pictures at `rows`, none of them a member's own."""
        if len(rows) == 0:
            return []
        gathered, joint = self._measured(rows)
        shares = self._percentiles(joint.nearest)
        return listed(gathered, joint.distances, shares, corrected=self._table.corrects)

    def _percentiles(self, asked: Float64) -> Float64:
        """Where values (m,) of entries stand among those of all."""
        limits = np.unique(asked)
        unsure = self._all.straddling(limits)
        exact = self._values(self._all.rows[unsure])
        # Sure rows lie between two limits: either bound tells how many they are beyond.
        sure = np.searchsorted(limits, self._all.lower[~unsure], side="left")
        among = np.searchsorted(limits, exact, side="left") + np.searchsorted(limits, exact, side="right")
        beyond = np.concatenate([2 * sure, among])  # odd: on a limit
        counts = np.bincount(beyond, minlength=2 * len(limits) + 1)
        before = np.cumsum(counts) - counts
        own = 2 * np.searchsorted(limits, asked) + 1
        return mid_rank(before[own], counts[own] - 1, len(self._all.rows) - 1)

    def _values(self, rows: NDArray[np.intp]) -> Float64:
        parts = [
            self._measured(rows[start : start + _CHUNK])[1].nearest for start in range(0, len(rows), _CHUNK)
        ]
        return np.concatenate(parts) if parts else np.empty(0)

    def _measured(self, rows: NDArray[np.intp]) -> tuple[Gathered, Joint]:
        gathered = self._table.gathered(rows)
        return gathered, joint_distances([gathered.vectors], self._members.vectors, self._members.weights)
