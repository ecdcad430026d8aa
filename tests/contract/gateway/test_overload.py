"""More requests than there are turns: who is served, who is refused, and before what."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
from starlette.types import ASGIApp, Receive, Scope, Send

from tests.contract.gateway.conftest import PNG, Gateway, Untouched, gateway_over, grey, problem
from tests.fakes.view import FakeView
from tests.fakes.waiting import eventually


class Crowd:
    """Counts the queries that a view has at once."""

    def __init__(self, app: ASGIApp, most: list[int]) -> None:
        self._app, self._most, self._inside = app, most, 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] != "/nearest":
            await self._app(scope, receive, send)
            return
        self._inside += 1
        self._most.append(self._inside)
        try:
            await self._app(scope, receive, send)
        finally:
            self._inside -= 1


async def ask(gateway: Gateway) -> httpx.Response:
    return await gateway.http.post("/similar", json={"image_id": "a"})


async def test_a_flood_is_served_within_the_limit_and_refused_beyond(tmp_path: Path) -> None:
    view, most = FakeView(), list[int]()
    view.app.add_middleware(Crowd, most=most)
    async with gateway_over(view, tmp_path, max_in_flight=4, max_waiting=4, max_wait_s=60) as gateway:
        await gateway.fill(a=10, b=20)
        view.delay_s = 0.05
        replies = await asyncio.gather(*(ask(gateway) for _ in range(200)))
        served = [reply for reply in replies if reply.status_code == 200]
        refused = [reply for reply in replies if reply.status_code != 200]
        assert len(served) >= 8
        assert max(most) == 4
        assert len(refused) >= 100
        for reply in refused:
            problem(reply, 429, "too-many-requests")
            assert reply.headers["retry-after"] == "1"
        text = (await gateway.http.get("/metrics")).text
        assert f'gateway_refused_total{{lane="queries"}} {float(len(refused))}' in text
        assert f'gateway_queue_seconds_count{{lane="queries"}} {float(len(served))}' in text
        assert f'gateway_work_seconds_count{{lane="queries"}} {float(len(served))}' in text
        assert 'gateway_lane_running{lane="queries"} 0.0' in text
        assert (await ask(gateway)).status_code == 200


async def test_the_excess_is_refused_before_its_body_is_read(tmp_path: Path) -> None:
    async with gateway_over(FakeView(), tmp_path, max_in_flight=1, max_waiting=0) as gateway:
        await gateway.fill(a=10, b=20)
        gateway.view.delay_s = 60.0
        first = asyncio.create_task(ask(gateway))
        await eventually(lambda: has_turns(gateway, "query", 1))
        problem(
            await gateway.http.post("/similar", content=Untouched(), headers=PNG), 429, "too-many-requests"
        )
        first.cancel()


async def test_neither_writes_nor_queries_take_the_other_s_turns(tmp_path: Path) -> None:
    settings: dict[str, Any] = {
        "max_in_flight": 1,
        "max_waiting": 0,
        "max_writes": 1,
        "max_writes_waiting": 0,
    }
    async with gateway_over(FakeView(), tmp_path, **settings) as gateway:
        await gateway.fill(a=10, b=20)
        gateway.view.feeding.clear()
        writing = asyncio.create_task(gateway.put("c", grey(30)))
        await eventually(lambda: has_turns(gateway, "write", 1))
        problem(await gateway.put("d", grey(40)), 429, "too-many-requests")
        assert (await ask(gateway)).status_code == 200
        gateway.view.feeding.set()
        assert (await writing).status_code == 201
        gateway.view.delay_s = 60.0
        asking = asyncio.create_task(ask(gateway))
        await eventually(lambda: has_turns(gateway, "query", 1))
        problem(await ask(gateway), 429, "too-many-requests")
        assert (await gateway.put("d", grey(40), wait="false")).status_code == 202
        asking.cancel()


async def test_bodies_that_trickle_hold_no_turn(tmp_path: Path) -> None:
    settings: dict[str, Any] = {"max_in_flight": 1, "max_waiting": 0, "body_grace_s": 60.0}
    arriving = asyncio.Event()

    async def trickle() -> AsyncIterator[bytes]:
        yield b"x"
        arriving.set()
        await asyncio.sleep(60)

    async with gateway_over(FakeView(), tmp_path, **settings) as gateway:
        await gateway.fill(a=10, b=20)
        slow = [
            asyncio.create_task(gateway.http.post("/similar", content=trickle(), headers=PNG))
            for _ in range(20)
        ]
        await arriving.wait()
        assert (await ask(gateway)).status_code == 200
        for task in slow:
            task.cancel()
        await asyncio.gather(*slow, return_exceptions=True)


async def test_the_memory_of_bodies_is_shared_out(tmp_path: Path) -> None:
    """Half of 64 KiB for writes, half for queries."""
    async with gateway_over(FakeView(), tmp_path, max_buffered_bytes=65_536) as gateway:
        await gateway.fill(a=10, b=20)
        problem(await gateway.put("c", bytes(40_000)), 429, "too-many-requests")
        gateway.parts.lanes["write"].budget.take(32_768)
        problem(await gateway.put("c", grey(1)), 429, "too-many-requests")
        assert (await ask(gateway)).status_code == 200


async def has_turns(gateway: Gateway, kind: str, turns: int) -> bool:
    return gateway.parts.lanes[kind].running == turns  # type: ignore[index]  # one of the two kinds
