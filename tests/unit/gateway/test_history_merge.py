"""The corrected ranking from a history over two views against scoring the whole catalogue in both."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from diversity_contracts.problems import UnknownId
from diversity_contracts.wire import ChangeBatch, ChangesApplied, ViewModel
from diversity_gateway.measured import ByDistance, Measured, Numbers
from diversity_gateway.ranking import Mode
from diversity_gateway.retrieve import Retrieval
from diversity_gateway.views import (
    Asked,
    Listing,
    Measures,
    Member,
    PairDistances,
    Stand,
    View,
    ViewQuery,
)
from diversity_gateway.wishes import Wish
from tests.fakes.numbers import NumbersView
from tests.unit.gateway.test_retrieve import filled, no_picture

SIZE, HISTORIES, LISTED = 4_000, 24, 5
NAMES = [f"p{row:05}" for row in range(SIZE)]
WEIGHTS = {"a": 0.6, "b": 0.4}
Gaps = NDArray[np.float64]


@dataclass
class FromHistories:
    """A view of points: ranked by the least of gap ÷ weight, adjusted by the gap of the member it is from."""

    points: Gaps
    usual: Gaps
    entries: int = 0
    is_suspect: bool = field(default=False)

    def seen(self, query: ViewQuery | Asked) -> tuple[Gaps, Gaps, list[int]]:
        """Of every row the quotient and the adjusted value, and the members' own rows."""
        assert isinstance(query, ViewQuery)
        rows = [int(str(one.query.image_id)[1:]) for one in query.history]
        weights = np.array([one.weight for one in query.history])
        gaps = np.linalg.norm(self.points[rows][:, None] - self.points, axis=2)
        quotients = gaps / weights[:, None]
        holding = gaps[quotients.argmin(axis=0), np.arange(SIZE)]
        return quotients.min(axis=0), (holding - self.usual[:, 0]) / self.usual[:, 1], rows

    async def ends(self, query: ViewQuery | Asked, mode: Mode, depth: int) -> Listing:
        """The farthest; members are not listed."""
        assert mode == "divergent"
        quotients, _, own = self.seen(query)
        order = [row for row in np.argsort(-quotients, kind="stable").tolist() if row not in own][:depth]
        self.entries += len(order)
        return Listing(Numbers.of(self._measured(query, order)), self._stand, query)

    async def measure(self, query: ViewQuery | Asked, image_ids: Sequence[str]) -> Measures:
        """The given ones."""
        found = self._measured(query, [int(name[1:]) for name in image_ids])
        return Measures(Numbers.of(found), self._stand, query)

    def _measured(self, query: ViewQuery | Asked, rows: list[int]) -> list[Measured]:
        quotients, adjusted, own = self.seen(query)
        shares = percentiles(quotients, own)
        return [
            ByDistance(NAMES[row], shares[row], quotients[row], adjusted=adjusted[row])
            for row in rows
            if row not in own
        ]

    @property
    def _stand(self) -> Stand:
        return Stand("made", SIZE, SIZE)

    async def pairs(self, image_ids: Sequence[str]) -> PairDistances:
        """Not asked for in these tests: retrieval ranks."""
        raise AssertionError

    async def model(self) -> ViewModel:
        """Not asked for in these tests: retrieval only reads."""
        raise AssertionError

    async def push(self, batch: ChangeBatch, pictures: object, artifact: str | None = None) -> ChangesApplied:
        """Not asked for in these tests: retrieval only reads."""
        raise AssertionError


def percentiles(values: Gaps, own: list[int]) -> Gaps:
    """By definition, `own` not counted."""
    others = np.sort(np.delete(values, own))
    closer = np.searchsorted(others, values, side="left")
    ties = np.searchsorted(others, values, side="right") - closer - 1
    shares: Gaps = (closer + ties / 2) / (len(others) - 1)
    return shares


def everything(views: dict[str, FromHistories], query: ViewQuery, wanted: int) -> list[tuple[str, float]]:
    """Every picture scored in both views, cut at the far band, sorted; the gateway has no hand in it."""
    blend, adjusted, own = np.zeros(SIZE), np.zeros(SIZE), list[int]()
    for name, weight in WEIGHTS.items():
        quotients, values, own = views[name].seen(query)
        blend += weight * percentiles(quotients, own)
        adjusted += weight * values
    ordered = [row for row in np.argsort(-blend, kind="stable").tolist() if row not in own]
    bar = blend[ordered[max(math.ceil(SIZE / 100), 10 * LISTED) - 1]]
    far = sorted((row for row in ordered if blend[row] >= bar), key=lambda row: (-adjusted[row], row))
    return [(NAMES[row], float(adjusted[row])) for row in far[:wanted]]


async def test_a_history_s_far_band_equals_scoring_everything(tmp_path: Path) -> None:
    """Points in clusters; the second view has nothing to do with the first."""
    source = np.random.default_rng(6)
    views = dict[str, FromHistories]()
    for name in WEIGHTS:
        points = source.normal(size=(20, 6))[source.integers(20, size=SIZE)] * 3
        points += source.normal(size=points.shape)
        gaps = np.linalg.norm(points[source.choice(SIZE, 60, replace=False)][:, None] - points, axis=2)
        views[name] = FromHistories(points, np.column_stack([gaps.mean(axis=0), gaps.std(axis=0)]))
    served: dict[str, View] = dict(views)
    retrieval = Retrieval(served, filled(tmp_path, NAMES), no_picture)
    differing = 0
    for _ in range(HISTORIES):
        rows = source.choice(SIZE, source.integers(2, 9), replace=False).tolist()
        members = [Member(ViewQuery(image_id=NAMES[row]), float(source.uniform(0.1, 1.0))) for row in rows]
        query = ViewQuery(history=tuple(members))
        hidden = frozenset(NAMES[row] for row in rows)
        wish = Wish("divergent", LISTED, WEIGHTS, exclude=hidden, listed=LISTED)
        found = await retrieval.find(query, wish)
        expected = everything(views, query, LISTED)
        assert [entry.image_id for entry in found.ranked] == [name for name, _ in expected]
        assert [entry.adjusted for entry in found.ranked] == pytest.approx([value for _, value in expected])
        assert found.exact
        raw = await retrieval.find(query, Wish("divergent", LISTED, WEIGHTS, exclude=hidden))
        assert all(entry.adjusted is None for entry in raw.ranked)
        differing += [entry.image_id for entry in raw.ranked] != [name for name, _ in expected]
    assert differing > HISTORIES / 2, "the correction shows nowhere"
    assert sum(view.entries for view in views.values()) < 2 * 2 * HISTORIES * SIZE / 2


async def test_a_view_that_lacks_a_whole_history_is_loading(tmp_path: Path) -> None:
    catalogue = filled(tmp_path, ["x", "y", "z"])
    history = ViewQuery(history=(Member(ViewQuery(image_id="x"), 1.0), Member(ViewQuery(image_id="z"), 1.0)))
    views = {
        "a": NumbersView({"x": 0.0, "y": 2.0, "z": 3.0}, 3),
        "b": NumbersView({}, fails=UnknownId("The index holds none of the history's pictures.")),
    }
    found = await Retrieval(views, catalogue, no_picture).find(history, Wish("divergent", 5, WEIGHTS))
    assert (found.accounts["a"].status, found.accounts["b"].status) == ("ok", "loading")
    assert not found.exact
