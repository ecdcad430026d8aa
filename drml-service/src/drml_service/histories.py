"""The catalogue as seen from a history: both ends, given pictures, each by its distance from the set."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from diversity_contracts.problems import UnknownId
from diversity_view.ranks import percentiles_among
from drml_service import search
from drml_service.correction import corrected
from drml_service.joint import Joint, joint_distances
from drml_service.search import End, Float32, Float64
from drml_service.searcher import Hit
from drml_service.table import Table


@dataclass(frozen=True, slots=True)
class Members:
    """A history's vectors (m, r), their weights (m,), and the rows of those that are indexed."""

    vectors: Float32
    weights: Float64
    own: frozenset[int]

    @classmethod
    def of(cls, found: Iterable[tuple[Float32, int | None, float]]) -> "Members":
        """From each member's vector, row and weight. Raises UnknownId where there is none."""
        members = list(found)
        if not members:
            raise UnknownId("The index holds none of the history's pictures.")
        return cls(
            np.stack([vector for vector, _, _ in members]),
            np.array([weight for _, _, weight in members]),
            frozenset(row for _, row, _ in members if row is not None),
        )


class HistorySearch:
    """One history's view of one table: every row is measured once, then anything may be asked.

    A member's own entry is neither counted nor returned. A hit's distance is that from the member nearest
    to it, by distance ÷ weight; its percentile says where that quotient stands among all. `adjusted` is that
    member's, but for lists from the near end.
    """

    def __init__(self, table: Table, members: Members) -> None:
        self._table = table
        self._joint: Joint = joint_distances(
            [block.vectors for block in table.blocks], members.vectors, members.weights
        )
        counted = np.ones(len(table), dtype=np.bool_)
        counted[list(members.own)] = False
        self._counted = np.flatnonzero(counted)

    def end(self, n: int, end: End) -> list[Hit]:
        """The `n` nearest or farthest, ties by id."""
        nearest, rows = self._joint.nearest[self._counted], self._counted
        if n < len(rows):
            keys = nearest if end == "nearest" else -nearest
            inside = keys <= np.partition(keys, n - 1)[n - 1]  # whole runs of ties
            nearest, rows = nearest[inside], rows[inside]
        order = search.ordered(nearest, self._table.ids(rows), end)[:n]
        hits = self._hits(rows[order])
        return hits if end == "nearest" else corrected(self._table, hits)

    def measure(self, rows: NDArray[np.intp]) -> list[Hit]:
        """The pictures at `rows`, none of them a member's own."""
        return corrected(self._table, self._hits(rows))

    def _hits(self, rows: NDArray[np.intp]) -> list[Hit]:
        nearest = self._joint.nearest
        shares = percentiles_among(nearest[self._counted], nearest[rows])
        return [
            Hit(image_id, distance, share)
            for image_id, distance, share in zip(
                self._table.ids(rows), self._joint.distances[rows].tolist(), shares.tolist(), strict=True
            )
        ]
