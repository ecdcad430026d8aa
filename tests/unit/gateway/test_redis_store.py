"""Redis there, away, hung, back again: what is kept stays to be had, and nobody waits for it twice."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from diversity_gateway.byte_store import InProcess
from diversity_gateway.redis_store import RedisStore
from tests.fakes.redis_server import FakeRedis, fake_redis
from tests.fakes.waiting import eventually


@asynccontextmanager
async def store_of(url: str, *, probe_s: float = 1.0) -> AsyncIterator[RedisStore]:
    store = RedisStore(url, InProcess(100_000), lifetime_s=60, probe_s=probe_s)
    store.connect()
    try:
        yield store
    finally:
        await store.aclose()


async def connected(store: RedisStore) -> None:
    async def well() -> bool:
        return not store.is_suspect

    await eventually(well)


async def kept(store: RedisStore, server: FakeRedis, key: str) -> None:
    """Put until it got through: on a busy machine a call may take longer than its 20 ms."""

    async def there() -> bool:
        await store.put(key, key.encode())
        return f"diversity:answer:{key}".encode() in server.values

    await eventually(there)


async def found(store: RedisStore, key: str) -> None:
    async def there() -> bool:
        return await store.get(key) == key.encode()

    await eventually(there)


async def test_what_one_gateway_keeps_another_finds() -> None:
    async with fake_redis() as server, store_of(server.url) as one, store_of(server.url) as other:
        await connected(one)
        await kept(one, server, "a")
        await found(other, "a")
        asked = server.commands.count(b"GET")
        assert await other.get("a") == b"a"
        assert server.commands.count(b"GET") == asked, "it is near now"
        assert await one.get("b") is None


async def test_an_absent_redis_is_not_waited_for() -> None:
    server = FakeRedis()
    await server.start()
    await server.stop()
    async with store_of(server.url) as store:
        await store.put("a", b"a")
        assert (await store.get("a"), await store.get("b")) == (b"a", None)
        assert store.is_suspect
        await server.start()
        await connected(store)
        await kept(store, server, "c")
        await server.stop()


async def test_a_killed_redis_costs_one_call_and_comes_back() -> None:
    async with fake_redis() as server, store_of(server.url) as store:
        await connected(store)
        await kept(store, server, "a")
        await server.stop()
        assert await store.get("unknown") is None
        assert store.is_suspect
        assert await store.get("a") == b"a"
        await server.start()
        await connected(store)
        await kept(store, server, "b")


async def test_a_hung_redis_is_waited_for_once() -> None:
    async with fake_redis() as server, store_of(server.url, probe_s=60) as store:
        await connected(store)
        await kept(store, server, "a")
        await connected(store)
        server.answering.clear()
        async with asyncio.timeout(10):  # a probe's patience is longer, a call's far shorter
            assert await store.get("unknown") is None
        assert store.is_suspect
        commands = len(server.commands)
        for number in range(100):
            assert await store.get(f"unknown {number}") is None
            await store.put("a", b"a")
        assert len(server.commands) == commands
        assert await store.get("a") == b"a"
        server.answering.set()
        await connected(store)
        await kept(store, server, "b")
