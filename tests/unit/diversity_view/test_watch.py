"""When an artifact that could not be loaded is tried again; time is a number here."""

import itertools
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from diversity_contracts.problems import NoSpace, NotReady
from diversity_view.lanes import Lane
from diversity_view.opening import Opening
from diversity_view.serving import Serving
from diversity_view.watch import RETRY_FIRST_S, RETRY_LAST_S, Watch
from tests.fakes.live_view import Record, WordEngine, publish_word


@contextmanager
def watching(
    folder: Path, record: Record, clock: list[float]
) -> Iterator[tuple[Serving[WordEngine], Watch[WordEngine]]]:
    starter = publish_word(folder / "package", "starter", 0)
    opening = Opening[WordEngine](
        "drml",
        folder,
        starter,
        folder / "state",
        lambda artifact, state, form: WordEngine(artifact, state, form, record),
    )
    serving = Serving("drml", opening.first, closed=opening.close)
    lane = Lane("unused", concurrency=1, max_queue=0, waited=lambda *_: None)
    with closing(lane):
        yield (
            serving,
            Watch(
                "drml", folder, serving, opening.next, lane, starter=starter, poll_s=1, clock=lambda: clock[0]
            ),
        )
        serving.stop()


@pytest.mark.parametrize("error", [NoSpace("full"), NotReady("busy"), OSError("stale handle"), MemoryError()])
async def test_a_passing_trouble_is_tried_again_ever_more_rarely(tmp_path: Path, error: Exception) -> None:
    record, clock = Record(), [0.0]
    with watching(tmp_path, record, clock) as (serving, watch):
        await serving.start()
        one = publish_word(tmp_path, "one").name
        record.load_fails = error
        tries = list[float]()
        while clock[0] < 4 * RETRY_LAST_S:
            before = len(record.loads)
            watch.look()
            tries += [clock[0]] * (len(record.loads) - before)
            clock[0] += 1
        pauses = [later - earlier for earlier, later in itertools.pairwise(tries)]
        assert pauses[:3] == [RETRY_FIRST_S, 2 * RETRY_FIRST_S, 4 * RETRY_FIRST_S]
        assert max(pauses) == RETRY_LAST_S
        assert "It is tried again." in (serving.model().refusal or "")
        assert serving.model().preparing is None
        record.load_fails = None
        clock[0] += RETRY_LAST_S
        watch.look()
        assert (serving.model().artifact, serving.model().refusal) == (one, None)


async def test_a_bug_in_loading_is_a_refusal(tmp_path: Path) -> None:
    record, clock = Record(), [0.0]
    with watching(tmp_path, record, clock) as (serving, watch):
        await serving.start()
        publish_word(tmp_path, "one")
        record.load_fails = KeyError("layer7")
        for clock[0] in (0, 1e6, 1e9):
            watch.look()
        assert len(record.loads) == 2
        assert "cannot be loaded: KeyError: 'layer7'" in (serving.model().refusal or "")


async def test_nothing_is_looked_for_before_something_serves(tmp_path: Path) -> None:
    record, clock = Record(), [0.0]
    with watching(tmp_path, record, clock) as (_, watch):
        publish_word(tmp_path, "one")
        watch.look()
        assert record.loads == []
