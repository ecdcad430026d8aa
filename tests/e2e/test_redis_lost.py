"""A real Redis killed, and stopped in its tracks, under load: no request fails, none waits long for it."""

import asyncio
import os
import shutil
import signal
import statistics
import subprocess
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from tests.e2e.load import Load, Reply
from tests.e2e.stack import Service, free_port
from tests.fakes.drawn import drawn

ROOT = Path(__file__).parents[2]
PNG = {"Content-Type": "image/png"}
SECONDS = 4.0
CLIENTS = 4


@dataclass
class Redis:
    """One redis-server."""

    port: int
    process: subprocess.Popen[bytes]


def redis_server(port: int) -> "subprocess.Popen[bytes]":
    binary = shutil.which("redis-server")
    if binary is None:
        pytest.skip("redis-server is not installed")
    options = ["--port", str(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
    return subprocess.Popen([binary, *options], stdout=subprocess.DEVNULL)


@pytest.fixture
async def gateway(tmp_path: Path) -> AsyncIterator[tuple[Service, Redis]]:
    """A gateway over Redis that keeps next to nothing itself, before a view of 0.1 s."""
    port = free_port()
    redis = Redis(port, redis_server(port))
    view = Service("tests.e2e.limited_view", {"PYTHONPATH": str(ROOT)}, tmp_path / "view.log")
    settings = {"CAPTION_URL": "", "STATE": str(tmp_path / "state"), "DRML_URL": view.url, "WAIT_S": "60"}
    settings |= {"REDIS_URL": f"redis://127.0.0.1:{port}/0", "CACHE_BYTES": "1", "VIEW_DEADLINE_S": "20"}
    served = Service("diversity_gateway", settings, tmp_path / "gateway.log")
    for service, path in ((view, "/model"), (served, "/readyz")):
        service.start()
        await asyncio.to_thread(service.wait_ready, path)
    async with httpx.AsyncClient(base_url=served.url, timeout=60) as client:
        for number in range(3):
            put = await client.put(f"/images/p{number}", content=drawn(number), headers=PNG)
            assert put.status_code == 201
    yield served, redis
    await asyncio.to_thread(served.stop)
    await asyncio.to_thread(view.stop)
    redis.process.kill()
    redis.process.wait()


def median_ms(replies: list[Reply]) -> float:
    return 1000 * statistics.median(reply.took for reply in replies)


@pytest.mark.heavy
async def test_redis_lost_under_load(
    gateway: tuple[Service, Redis],
    capsys: pytest.CaptureFixture[str],
    record_property: Callable[[str, object], None],
) -> None:
    """Every query is work for the view once Redis has no answer: `n` and what Redis knows tell them apart."""
    served, redis = gateway
    load = Load(served.port)
    with_redis = await load.closed(CLIENTS, SECONDS)
    os.kill(redis.process.pid, signal.SIGSTOP)
    hung = await load.closed(CLIENTS, SECONDS)
    os.kill(redis.process.pid, signal.SIGCONT)
    back = await load.closed(CLIENTS, SECONDS)
    redis.process.kill()
    redis.process.wait()
    killed = await load.closed(CLIENTS, SECONDS)
    redis.process = redis_server(redis.port)
    again = await load.closed(CLIENTS, SECONDS)
    load.close()
    without = await alone(served)
    figures = {
        "kept_p50_ms": median_ms(with_redis),
        "hung_p50_ms": median_ms(hung),
        "back_p50_ms": median_ms(back),
        "killed_p50_ms": median_ms(killed),
        "again_p50_ms": median_ms(again),
        "view_alone_p50_ms": without,
        "requests": float(len(load.replies)),
        "failed": float(sum(reply.status != 200 for reply in load.replies)),
    }
    with capsys.disabled():
        print("\nredis lost:", {name: round(value, 2) for name, value in figures.items()})
    record_property("tried requests", int(figures["requests"]))
    record_property("lost requests", int(figures["failed"]))
    assert figures["failed"] == 0
    # Without Redis an answer is the view's again: that, and at most 50 ms.
    assert figures["hung_p50_ms"] < without + 50
    assert figures["killed_p50_ms"] < without + 50
    # A kept answer takes no view.
    assert figures["kept_p50_ms"] < without / 2


async def alone(served: Service) -> float:
    """The median of the same load that nothing is kept of: every request asks for another count."""
    times = list[float]()

    async def client(first: int) -> None:
        load = Load(served.port)
        for step in range(8):
            load.path = f"/similar?n=5&exclude=x{first}-{step}"
            times.append((await load.one()).took)
        load.close()

    await asyncio.gather(*(client(number) for number in range(CLIENTS)))
    return 1000 * statistics.median(times)
