"""A lane: its background threads give way, and what waits in it is worked on together."""

import asyncio
import os
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import closing

import pytest

from diversity_contracts.problems import NotReady
from diversity_view.costs import HEAVY
from diversity_view.lanes import BACKGROUND_NICENESS, Lane


def niceness() -> int:
    return os.getpriority(os.PRIO_PROCESS, threading.get_native_id())


def niceness_of_a_thread_of_mine() -> int:
    found: list[int] = []
    thread = threading.Thread(target=lambda: found.append(niceness()))
    thread.start()
    thread.join()
    return found[0]


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere niceness is the whole process's")
async def test_only_the_background_gives_way() -> None:
    own = niceness()
    for background in (True, False):
        lane = Lane("x", concurrency=1, max_queue=0, waited=lambda *_: None, background=background)
        with closing(lane):
            wanted = max(own, BACKGROUND_NICENESS) if background else own
            assert await lane.run(niceness) == wanted
            assert await lane.run(niceness_of_a_thread_of_mine) == wanted
    assert niceness() == own


class Work:
    """Items to their doubles, held up until `go`; `batches` are the items of each call."""

    def __init__(self) -> None:
        self.batches: list[list[int]] = []
        self.begun, self.go = threading.Event(), threading.Event()

    def __call__(self, items: Sequence[int]) -> Iterator[tuple[int, int | Exception]]:
        self.batches.append(list(items))
        self.begun.set()
        assert self.go.wait(60)
        for place, item in enumerate(items):
            yield place, LookupError(str(item)) if item < 0 else 2 * item


def lane_of(together: int, waited: list[float] | None = None) -> Lane:
    seen = waited if waited is not None else []
    return Lane(
        "x", concurrency=1, max_queue=99, waited=lambda _, seconds: seen.append(seconds), together=together
    )


async def asked_of(lane: Lane, work: Work, items: list[int]) -> list[asyncio.Task[int]]:
    """The first is in work, the others wait."""
    first = asyncio.create_task(lane.run_together("kind", items[0], work))
    await asyncio.to_thread(work.begun.wait, 60)
    others = [asyncio.create_task(lane.run_together("kind", item, work)) for item in items[1:]]
    await asyncio.sleep(0)
    return [first, *others]


async def test_those_that_wait_are_taken_together_in_order() -> None:
    waited = list[float]()
    with closing(lane_of(3, waited)) as lane:
        work = Work()
        tasks = await asked_of(lane, work, [1, 2, 3, 4, 5, 6])
        work.go.set()
        assert await asyncio.gather(*tasks) == [2, 4, 6, 8, 10, 12]
        assert work.batches == [[1], [2, 3, 4], [5, 6]]
        assert len(waited) == 6


async def test_alone_means_alone_and_a_limit_of_one_too() -> None:
    with closing(lane_of(8)) as lane:
        work = Work()
        work.go.set()
        assert [await lane.run_together("kind", item, work) for item in (1, 2)] == [2, 4]
        assert work.batches == [[1], [2]]
    with closing(lane_of(1)) as lane:
        work = Work()
        tasks = await asked_of(lane, work, [1, 2, 3])
        work.go.set()
        await asyncio.gather(*tasks)
        assert work.batches == [[1], [2], [3]]


async def test_a_failure_is_its_items_own_unless_the_work_fails() -> None:
    with closing(lane_of(8)) as lane:
        work = Work()
        tasks = await asked_of(lane, work, [1, -2, 3])
        work.go.set()
        first, second, third = await asyncio.gather(*tasks, return_exceptions=True)
        assert (first, third) == (2, 6)
        assert isinstance(second, LookupError)

        def fail(_: Sequence[int]) -> list[tuple[int, int]]:
            raise ZeroDivisionError

        for _ in range(2):
            with pytest.raises(ZeroDivisionError):
                await lane.run_together("failing", 1, fail)


async def test_who_has_left_is_not_worked_for() -> None:
    with closing(lane_of(8)) as lane:
        work = Work()
        tasks = await asked_of(lane, work, [1, 2, 3])
        tasks[1].cancel()
        await asyncio.sleep(0)
        work.go.set()
        assert (await tasks[0], await tasks[2]) == (2, 6)
        assert work.batches == [[1], [3]]


async def test_kinds_do_not_mix_and_closing_lets_go_of_those_that_wait() -> None:
    lane = lane_of(8)
    work, other = Work(), Work()
    tasks = await asked_of(lane, work, [1, 2])
    tasks.append(asyncio.create_task(lane.run_together("other kind", 3, other)))
    await asyncio.sleep(0)
    work.go.set()
    other.go.set()
    assert await asyncio.gather(*tasks) == [2, 4, 6]
    assert (work.batches, other.batches) == ([[1], [2]], [[3]])
    held = Work()
    waiting = await asked_of(lane, held, [1, 2])
    held.go.set()
    lane.close()
    outcomes = await asyncio.gather(*waiting, return_exceptions=True)
    assert outcomes[0] == 2
    assert outcomes[1] == 4 or isinstance(outcomes[1], asyncio.CancelledError)


async def test_each_is_answered_as_soon_as_its_answer_is_there() -> None:
    """The second of a batch is at work until it is let go; the first need not wait for it."""
    go = threading.Event()

    def work(items: Sequence[int]) -> Iterator[tuple[int, int]]:
        for place, item in enumerate(items):
            assert item != 3 or go.wait(60)
            yield place, 2 * item

    with closing(lane_of(8)) as lane:
        first = Work()
        before = await asked_of(lane, first, [1])
        second, third = (asyncio.create_task(lane.run_together("other", item, work)) for item in (2, 3))
        await asyncio.sleep(0)
        first.go.set()
        assert await second == 4
        assert not third.done()
        go.set()
        assert (await third, await before[0]) == (6, 2)


async def test_a_poisonous_item_fails_alone() -> None:
    batches = list[list[int]]()

    def work(items: Sequence[int]) -> list[tuple[int, int]]:
        batches.append(list(items))
        if 13 in items:
            raise ZeroDivisionError(str(items))
        return [(place, 2 * item) for place, item in enumerate(items)]

    with closing(lane_of(8)) as lane:
        first = Work()
        before = await asked_of(lane, first, [1])
        tasks = [asyncio.create_task(lane.run_together("other", item, work)) for item in (2, 13, 3)]
        await asyncio.sleep(0)
        first.go.set()
        found = await asyncio.gather(*tasks, *before, return_exceptions=True)
        assert [found[0], *found[2:]] == [4, 6, 2]
        assert isinstance(found[1], ZeroDivisionError)
        assert batches == [[2, 13, 3], [2], [13], [3]]


async def test_after_a_failure_only_those_without_an_answer_are_tried_again() -> None:
    """And where nothing is ready, nobody is: that is told to all without trying."""
    batches = list[list[int]]()

    def work(items: Sequence[int]) -> Iterator[tuple[int, int]]:
        batches.append(list(items))
        for place, item in enumerate(items):
            if item == 13:
                raise ZeroDivisionError
            if item == 99:
                raise NotReady("away")
            yield place, 2 * item

    with closing(lane_of(8)) as lane:
        for asked, outcomes, calls in [
            ((2, 13, 3), [4, ZeroDivisionError, 6], [[2, 13, 3], [13], [3]]),
            ((2, 99, 3), [4, NotReady, NotReady], [[2, 99, 3]]),
        ]:
            first = Work()
            before = await asked_of(lane, first, [1])
            tasks = [asyncio.create_task(lane.run_together("other", item, work)) for item in asked]
            await asyncio.sleep(0)
            first.go.set()
            found = await asyncio.gather(*tasks, return_exceptions=True)
            await before[0]
            assert [type(one) if isinstance(one, Exception) else one for one in found] == outcomes
            assert batches == calls
            batches.clear()


async def test_a_batch_is_bound_by_what_it_is_guessed_to_cost() -> None:
    grouped = list[int]()
    lane = Lane("x", concurrency=1, max_queue=99, waited=lambda *_: None, together=10, grouped=grouped.append)
    with closing(lane):
        work = Work()
        first = await asked_of(lane, work, [1])
        costs = [4, 5, 1, 1, HEAVY, 2, 1]
        others = [
            asyncio.create_task(lane.run_together("kind", item, work, cost=cost))
            for item, cost in enumerate(costs)
        ]
        await asyncio.sleep(0)
        work.go.set()
        await asyncio.gather(*first, *others)
        assert work.batches == [[1], [0, 1, 2], [3, 4], [5, 6]]
        assert grouped == [1, 3, 2, 2]
