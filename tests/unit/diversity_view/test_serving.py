"""What is acknowledged, leased and closed when one generation takes over from another."""

from collections.abc import Callable, Mapping

import pytest

from diversity_contracts.problems import Conflict, NotReady
from diversity_contracts.wire import ChangeBatch, ChangesApplied
from diversity_view.feed import View
from diversity_view.generation import Generation, caught_up
from diversity_view.records import Position
from diversity_view.serving import Serving

BATCH = ChangeBatch(catalogue_id="c", after=0, upto=1, changes=[])


class Still:
    """An engine that stands where it is put; what happens while it applies a batch is given."""

    def __init__(self, artifact: str, applied: int, catalogue_id: str | None = "c") -> None:
        self.artifact = self.generation = artifact
        self.view: View[list[str]] = View([], Position(catalogue_id, applied))
        self.facts: Mapping[str, object] = {}
        self.closed = 0
        self.meanwhile: Callable[[], None] = lambda: None

    def apply(self, batch: ChangeBatch, pictures: Mapping[str, bytes]) -> ChangesApplied:
        self.meanwhile()
        self.view = View([], Position(batch.catalogue_id, batch.upto))
        return ChangesApplied(applied=batch.upto, count=0)

    def close(self) -> None:
        self.closed += 1


async def serving(engine: Still) -> Serving[Still]:
    made = Serving("drml", lambda: Generation(engine))
    await made.start()
    return made


@pytest.mark.parametrize(
    ("coming", "serves", "holds"),
    [
        (Position(None, 0), Position(None, 0), True),
        (Position("c", 3), Position(None, 0), True),
        (Position("c", 3), Position("c", 3), True),
        (Position("c", 4), Position("c", 3), True),
        (Position("c", 2), Position("c", 3), False),
        (Position(None, 0), Position("c", 3), False),
        (Position("d", 9), Position("c", 3), False),
        (Position(None, 0), Position("c", 0), False),
    ],
)
def test_when_one_generation_may_follow_another(coming: Position, serves: Position, holds: bool) -> None:
    assert caught_up(coming, serves) is holds


async def test_a_batch_that_reached_a_replaced_generation_is_not_acknowledged() -> None:
    """Else a write would be called searchable that the serving generation has not got."""
    old, new = Still("old", 0), Still("new", 0)
    both = await serving(old)
    old.meanwhile = lambda: both.bring(Generation(new))
    with pytest.raises(Conflict, match="old"):
        both.apply(BATCH, {}, None)
    assert both.engine is new
    assert (new.view.position.applied, old.closed) == (0, 1)
    assert both.apply(BATCH, {}, None).applied == 1
    assert (both.engine.view.position.applied, both.previous) == (1, "old")


async def test_a_lease_outlives_the_swap_and_the_last_one_closes() -> None:
    old, new = Still("old", 0), Still("new", 0)
    both = await serving(old)
    with both.lease() as first, both.lease() as second:
        both.bring(Generation(new))
        assert first is second is old
        with both.lease() as third:
            assert third is new
        assert old.closed == 0
    assert (old.closed, new.closed) == (1, 0)


async def test_a_generation_that_is_not_wanted_any_more_is_closed_after_its_batch() -> None:
    old, new, newer = Still("old", 5), Still("new", 0), Still("newer", 0)
    both = await serving(old)
    both.bring(Generation(new))
    new.meanwhile = lambda: both.bring(Generation(newer))
    with pytest.raises(Conflict, match="new"):
        both.apply(BATCH, {}, "new")
    assert (new.closed, newer.closed) == (1, 0)
    assert both.coming is not None
    assert both.coming.engine is newer
    both.abandon()
    assert both.model().preparing is None
    assert (newer.closed, old.closed) == (1, 0)
    both.stop()
    assert (old.closed, newer.closed) == (1, 1)


async def test_before_anything_serves() -> None:
    def fails() -> Generation[Still]:
        raise ValueError("no weights")

    nothing = Serving[Still]("drml", fails)
    with pytest.raises(NotReady, match="loading"), nothing.lease():
        pass
    await nothing.start()
    with pytest.raises(NotReady, match="see /model"):
        nothing.apply(BATCH, {}, None)
    assert (nothing.model().state, nothing.model().refusal) == ("failed", "no weights")
