"""Slow work in a lane: apart from the quick, which it does not hold up."""

import asyncio
import sys
from contextlib import closing

import pytest

from diversity_contracts.decoders import Decoders
from diversity_contracts.problems import TooManyRequests
from diversity_view.costs import SLOW
from diversity_view.lanes import Lane
from tests.fakes.breaking_decoder import ABOUT, PROGRAM
from tests.unit.diversity_view.test_lanes import Work, lane_of, niceness


async def test_slow_work_holds_up_nobody_quick() -> None:
    """One thread; a slow item, and then another, are at work until they are let go."""
    with closing(lane_of(8)) as lane:
        slow, quick = Work(), Work()
        quick.go.set()
        held = [asyncio.create_task(lane.run_together("kind", item, slow, cost=SLOW)) for item in (1, 2)]
        await asyncio.to_thread(slow.begun.wait, 60)
        answers = [lane.run_together("kind", item, quick) for item in range(3, 20)]
        assert await asyncio.gather(*answers) == [2 * item for item in range(3, 20)]
        assert await lane.run(lambda: "quick") == "quick"
        assert not any(task.done() for task in held)
        slow.go.set()
        assert await asyncio.gather(*held) == [2, 4]
        assert slow.batches == [[1], [2]]
        assert await lane.run(lambda: "slow", cost=SLOW) == "slow"


async def test_slow_work_takes_no_more_than_half_of_the_places() -> None:
    with closing(Lane("x", concurrency=1, max_queue=5, waited=lambda *_: None)) as lane:
        work = Work()
        held = [asyncio.create_task(lane.run_together("kind", item, work, cost=SLOW)) for item in (1, 2, 3)]
        await asyncio.sleep(0)
        for _ in range(2):
            with pytest.raises(TooManyRequests, match="3 slow"):
                await lane.run_together("kind", 4, work, cost=SLOW)
        work.go.set()
        assert await asyncio.gather(*held) == [2, 4, 6]
        assert await lane.run_together("kind", 4, work, cost=SLOW) == 8


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere niceness is the whole process's")
async def test_slow_work_is_a_step_nicer_and_so_has_decoders_of_its_own() -> None:
    """Of one for each niceness: a slow picture that has it would hold up every quick one."""
    own, decoders = niceness(), Decoders(1, program=PROGRAM)
    if own >= 19:
        pytest.skip("there is no nicer thread")
    decoders.start()
    with closing(decoders), closing(lane_of(8)) as lane:
        slow = await lane.run(lambda: decoders.decode(ABOUT), cost=SLOW)
        quick = await lane.run(lambda: decoders.decode(ABOUT))
        assert slow.height == quick.height + 1, "the decoder tells its niceness"
        assert slow.width != quick.width, "and which process it is"
