"""Word of a new artifact over a Redis that is there, away, hung or back again."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from diversity_view import notices
from tests.fakes.redis_server import FakeRedis, fake_redis
from tests.fakes.waiting import eventually


class Ear:
    """Counts how often it was woken."""

    def __init__(self) -> None:
        self.woken = 0

    def __call__(self) -> None:
        self.woken += 1


@asynccontextmanager
async def listening(url: str) -> AsyncIterator[Ear]:
    ear = Ear()
    task = asyncio.create_task(notices.listen(url, "drml", ear, retry_first_s=0.01))
    try:
        yield ear
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def woken(ear: Ear, times: int) -> None:
    async def often_enough() -> bool:
        return ear.woken >= times

    await eventually(often_enough)


async def announced(url: str, version: str) -> bool:
    return await asyncio.to_thread(notices.announce, url, "drml", version)


async def test_a_notice_wakes_who_listens_for_its_kind() -> None:
    async with fake_redis() as server, listening(server.url) as ear:
        await woken(ear, 1)  # what was said before
        assert await announced(server.url, "drml-1")
        await woken(ear, 2)
        assert await asyncio.to_thread(notices.announce, server.url, "caption", "caption-1")
        assert await announced(server.url, "drml-2")
        await woken(ear, 3)
        assert ear.woken == 3


@pytest.mark.parametrize("message", [b"", b"[", b"3", b"\xff", b'{"kind": "other"}'])
async def test_nonsense_wakes_nobody(message: bytes) -> None:
    async with fake_redis() as server, listening(server.url) as ear:
        await woken(ear, 1)
        for text in (message, b'{"kind": "drml"}'):
            for writer in server.listening:
                length = b"$%d\r\n" % len(text)
                writer.write(
                    b"*3\r\n$7\r\nmessage\r\n$19\r\ndiversity:artifacts\r\n" + length + text + b"\r\n"
                )
        await woken(ear, 2)
        assert ear.woken == 2


async def test_a_redis_that_comes_back_is_heard_again() -> None:
    server = FakeRedis()
    await server.start()
    await server.stop()
    assert not await announced(server.url, "drml-1")
    async with listening(server.url) as ear:
        await asyncio.sleep(0.1)
        assert ear.woken == 0
        await server.start()
        await woken(ear, 1)
        await server.stop()
        await server.start()
        await woken(ear, 2)
        assert await announced(server.url, "drml-2")
        await woken(ear, 3)
    await server.stop()


async def test_a_hung_redis_costs_a_publisher_seconds_and_nothing_else() -> None:
    async with fake_redis() as server:
        server.answering.clear()
        assert not await announced(server.url, "drml-1")
        server.answering.set()


@pytest.mark.parametrize("url", ["", "no url", "redis://127.0.0.1:1/0"])
async def test_no_redis(url: str) -> None:
    assert not await announced(url, "drml-1")
    async with listening(url or "redis://"):
        await asyncio.sleep(0.05)
