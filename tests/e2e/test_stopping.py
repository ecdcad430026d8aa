"""SIGTERM under load: not ready first, every request that was sent is answered, then the process ends."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from tests.e2e.load import Load
from tests.e2e.stack import Service
from tests.fakes.drawn import drawn

ROOT = Path(__file__).parents[2]
CLIENTS = 12
DRAIN_S = 3.0  # a busy machine looks at /readyz late


@pytest.fixture
async def gateway(tmp_path: Path) -> AsyncIterator[Service]:
    """Before a view that works 0.1 s on a query; nothing is kept, so every query is in work for a while."""
    view = Service("tests.e2e.limited_view", {"PYTHONPATH": str(ROOT)}, tmp_path / "view.log")
    settings = {"CACHE_BYTES": "0", "CAPTION_URL": "", "STATE": str(tmp_path / "state"), "DRML_URL": view.url}
    settings |= {"DRAIN_S": str(DRAIN_S), "VIEW_DEADLINE_S": "30", "MAX_WAIT_S": "120", "WAIT_S": "60"}
    served = Service("diversity_gateway", settings, tmp_path / "gateway.log")
    for service, path in ((view, "/model"), (served, "/readyz")):
        service.start()
        await asyncio.to_thread(service.wait_ready, path)
    yield served
    await asyncio.to_thread(served.stop)
    await asyncio.to_thread(view.stop)


async def until_not_ready(url: str) -> int:
    """What a load balancer does: look until the answer is not 200; that status."""
    async with httpx.AsyncClient(base_url=url, timeout=60) as client:
        while True:
            status = (await client.get("/readyz")).status_code
            if status != 200:
                return status
            await asyncio.sleep(0.01)


async def test_no_request_fails_when_the_process_is_told_to_end(gateway: Service) -> None:
    """Clients send until the gateway says that it is not ready; everything sent by then is answered."""
    async with httpx.AsyncClient(base_url=gateway.url, timeout=60) as client:
        for number in range(3):
            headers = {"Content-Type": "image/png"}
            put = await client.put(f"/images/p{number}", content=drawn(number), headers=headers)
            assert put.status_code == 201
    load, told = Load(gateway.port), asyncio.Event()

    async def client_of() -> None:
        while not told.is_set():
            await load.one()

    clients = [asyncio.create_task(client_of()) for _ in range(CLIENTS)]
    looking = asyncio.create_task(until_not_ready(gateway.url))
    while len(load.replies) < CLIENTS:  # noqa: ASYNC110 - each reply would have to tell of itself
        await asyncio.sleep(0.01)
    gateway.signal_stop()
    assert await looking == 503
    in_work = CLIENTS
    told.set()
    before = len(load.replies)
    await asyncio.gather(*clients)
    assert await asyncio.to_thread(gateway.wait) == 0
    load.close()
    assert {reply.status for reply in load.replies} == {200}
    assert len(load.replies) - before == in_work
