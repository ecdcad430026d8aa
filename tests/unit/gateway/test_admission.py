"""Turns: who has one, who waits, who is refused."""

import asyncio

import pytest

from diversity_contracts.problems import TooManyRequests
from diversity_gateway.admission import Lane


def lane(most: int = 1, waiting: int = 1, patience_s: float = 60.0) -> Lane:
    return Lane("queries", most=most, waiting=waiting, patience_s=patience_s, buffered_bytes=1)


class Holder:
    """A task that holds a turn until it is told to go."""

    def __init__(self, at: Lane) -> None:
        self._lane, self._go, self.has = at, asyncio.Event(), asyncio.Event()
        self.task = asyncio.create_task(self._hold())

    async def _hold(self) -> None:
        async with self._lane.turn():
            self.has.set()
            await self._go.wait()

    async def leave(self) -> None:
        self._go.set()
        await self.task


async def turns(at: Lane, count: int) -> list[Holder]:
    """`count` tasks that asked, in this order."""
    holders = []
    for _ in range(count):
        holders.append(Holder(at))
        await asyncio.sleep(0)
    return holders


async def test_first_come_first_served() -> None:
    one = lane(most=1, waiting=2)
    first, second, third = await turns(one, 3)
    assert (one.running, one.waiting) == (1, 2)
    await first.leave()
    await second.has.wait()
    assert not third.has.is_set()
    await second.leave()
    await third.has.wait()
    await third.leave()
    assert (one.running, one.waiting) == (0, 0)


async def test_the_excess_is_refused_at_once_and_counted() -> None:
    counted = list[str]()
    one = Lane("writes", most=1, waiting=1, patience_s=60, buffered_bytes=1, count_refused=counted.append)
    first, second = await turns(one, 2)
    full = [one.is_full]
    with pytest.raises(TooManyRequests) as caught:
        await Holder(one).task
    assert caught.value.headers() == {"Retry-After": "1"}
    assert counted == ["writes"]
    await first.leave()
    full.append(one.is_full)
    assert full == [True, False]
    await second.leave()


async def test_nobody_waits_past_the_patience() -> None:
    one = lane(waiting=5, patience_s=0.02)
    (first,) = await turns(one, 1)
    with pytest.raises(TooManyRequests):
        await Holder(one).task
    assert (one.running, one.waiting) == (1, 0)
    await first.leave()
    assert one.running == 0


async def test_who_would_wait_too_long_is_refused_before_waiting() -> None:
    """One at a time, 0.05 s each: a third one would wait twice that."""
    one = lane(waiting=50, patience_s=0.32)
    async with one.turn():
        await asyncio.sleep(0.05)
    first, second = await turns(one, 2)
    assert one.is_full
    assert one.waiting == 1
    await first.leave()
    await second.leave()


async def test_a_caller_that_goes_away_leaves_no_hole() -> None:
    """Gone while it waits; gone in the moment its turn comes."""
    one = lane(waiting=3)
    async with one.turn():
        second, third, fourth = await turns(one, 3)
        second.task.cancel()
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        assert one.waiting == 2
    third.task.cancel()  # no step of it has run since the turn was given to it
    await fourth.has.wait()
    assert not third.has.is_set()
    await fourth.leave()
    assert (one.running, one.waiting) == (0, 0)
    await asyncio.gather(second.task, third.task, return_exceptions=True)


async def test_waiting_and_work_are_told_apart() -> None:
    seen = list[tuple[str, bool, bool]]()
    one = Lane(
        "queries",
        most=1,
        waiting=1,
        patience_s=60,
        buffered_bytes=1,
        observe=lambda name, waited, worked: seen.append((name, waited > 0.01, worked > 0.01)),
    )
    first, second = await turns(one, 2)
    await asyncio.sleep(0.02)
    await first.leave()
    await second.leave()
    assert seen == [("queries", False, True), ("queries", True, False)]
