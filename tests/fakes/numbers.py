"""A view that is a table of distances: any ranking can be written down, nothing is computed.

It implements the gateway's `views.View` in memory, for tests of what happens between the views.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from diversity_contracts.problems import UnknownId
from diversity_contracts.wire import ChangeBatch, ChangesApplied, ViewModel
from diversity_gateway.measured import ByDistance, Numbers
from diversity_gateway.ranking import Mode
from diversity_gateway.views import (
    Asked,
    Listing,
    Measures,
    PairDistances,
    Stand,
    ViewQuery,
    ViewUnavailable,
)


@dataclass
class NumbersView:
    """`distances` by image id from the one query there is; `own` is the query's own entry, if it has one."""

    distances: dict[str, float]
    applied: int = 0
    artifact: str = "numbers-1"
    own: str | None = None
    fails: ViewUnavailable | UnknownId | None = None
    is_suspect: bool = False
    depths: list[int] = field(default_factory=list)
    measured: list[int] = field(default_factory=list)
    moves: int = 0
    """How many more replies come after another change was applied, beginning with the second reply."""
    swaps: int = 0
    """How many more come from another artifact each, beginning with the second."""

    def __post_init__(self) -> None:
        self._shares: dict[str, float] = {}
        self._orders: dict[Mode, list[str]] = {}
        self._replies = 0

    def percentiles(self) -> dict[str, float]:
        """By definition, over every picture but the query's own: (closer + ½ other ties) ÷ others."""
        if not self._shares:
            self._shares = self._computed()
        return self._shares

    def _computed(self) -> dict[str, float]:
        keys = [key for key in self.distances if key != self.own]
        values: NDArray[np.float64] = np.array([self.distances[key] for key in keys])
        ordered = np.sort(values)
        closer = np.searchsorted(ordered, values, side="left")
        ties = np.searchsorted(ordered, values, side="right") - closer - 1
        shares = (closer + ties / 2) / max(1, len(keys) - 1)
        return dict(zip(keys, shares.tolist(), strict=True))

    async def ends(self, query: ViewQuery | Asked, mode: Mode, depth: int) -> Listing:
        """The first `depth` from one end."""
        self._reply(query)
        self.depths.append(depth)
        shares, sign = self.percentiles(), -1 if mode == "divergent" else 1
        if mode not in self._orders:
            self._orders[mode] = sorted(shares, key=lambda key: (sign * self.distances[key], key))
        keys = self._orders[mode][:depth]
        entries = [ByDistance(key, shares[key], self.distances[key]) for key in keys]
        return Listing(Numbers.of(entries), self._stand(), Asked(query.image_id, None))

    async def measure(self, query: ViewQuery | Asked, image_ids: Sequence[str]) -> Measures:
        """The given ones."""
        self._reply(query)
        self.measured.append(len(image_ids))
        shares = self.percentiles()
        entries = [ByDistance(key, shares[key], self.distances[key]) for key in image_ids if key in shares]
        return Measures(Numbers.of(entries), self._stand(), Asked(query.image_id, None))

    async def pairs(self, image_ids: Sequence[str]) -> PairDistances:
        """Not asked for in these tests: retrieval ranks."""
        raise AssertionError("retrieval asked a view for more than lists and numbers")

    async def model(self) -> ViewModel:
        """Not asked for in these tests: retrieval only reads."""
        raise AssertionError("retrieval asked a view for more than lists and numbers")

    async def push(
        self, batch: ChangeBatch, pictures: Mapping[str, bytes], artifact: str | None = None
    ) -> ChangesApplied:
        """Not asked for in these tests: retrieval only reads."""
        raise AssertionError("retrieval asked a view for more than lists and numbers")

    def _reply(self, query: ViewQuery | Asked) -> None:
        if self.fails is not None:
            raise self.fails
        if query.image_id is not None and query.image_id not in self.distances:
            raise UnknownId(f"There is no picture {query.image_id!r}.")
        if self._replies and self.moves:
            self.moves -= 1
            self.applied += 1
        if self._replies and self.swaps:
            self.swaps -= 1
            self.artifact += "+"
        self._replies += 1

    def _stand(self) -> Stand:
        return Stand(self.artifact, self.applied, len(self.distances))
