"""How slowly a body may come, and how much of them is held."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from diversity_contracts.problems import SlowBody, TooManyRequests
from diversity_gateway.pace import MIN_RATE, BodyBudget, paced


async def pieces(sizes: list[int], pause_s: float) -> AsyncIterator[bytes]:
    for size in sizes:
        await asyncio.sleep(pause_s)
        yield b"x" * size


async def test_a_quick_body_passes_whole() -> None:
    assert [len(piece) async for piece in paced(pieces([1, 2, 3], 0), 0.5)] == [1, 2, 3]


async def test_a_trickle_is_cut_after_the_grace() -> None:
    started, received = asyncio.get_running_loop().time(), bytearray()

    async def read() -> None:
        async for piece in paced(pieces([1] * 1_000, 0.02), 0.2):
            received.extend(piece)

    with pytest.raises(SlowBody) as caught:
        await read()
    assert 0.15 < asyncio.get_running_loop().time() - started < 2
    assert len(received) < 20
    assert caught.value.status == 408
    assert caught.value.headers() == {"Connection": "close"}


async def test_every_byte_buys_its_time() -> None:
    """Twice the minimal rate, for longer than the grace."""
    body = pieces([MIN_RATE // 10] * 8, 0.05)
    assert sum([len(piece) async for piece in paced(body, 0.2)]) == 8 * (MIN_RATE // 10)


def test_the_budget() -> None:
    budget = BodyBudget(10)
    budget.take(7)
    with pytest.raises(TooManyRequests):
        budget.take(4)
    budget.give_back(7)
    budget.take(10)
