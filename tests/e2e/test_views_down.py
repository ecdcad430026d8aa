"""A view is killed while /divergent is asked without a pause: no request fails, it comes back by itself.

The views are services without networks; the heavy test has them too, whose start takes most of its time.
"""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import pytest

from tests.e2e.stack import Stack
from tests.fakes.drawn import drawn

PNG = {"Content-Type": "image/png"}
PICTURES = 12
PATIENCE_S = 240.0  # a view's start imports a framework, on cores that other work has too
DEADLINE_S = 5.0
WAIT_S = 60.0
Reply = tuple[int, dict[str, Any]]


@pytest.fixture(scope="module", params=["light", pytest.param("networks", marks=pytest.mark.heavy)])
def stack(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """All services with PICTURES pictures."""
    settings = {"VIEW_DEADLINE_S": str(DEADLINE_S), "WAIT_S": str(WAIT_S)}
    folder, light = tmp_path_factory.mktemp("stack"), request.param == "light"
    with Stack(folder, two_views=True, light=light, settings=settings) as built:
        with httpx.Client(base_url=built.gateway.url, timeout=60) as client:
            for number in range(PICTURES):
                add(client, f"p{number}", number)
        built.wait_indexed()
        yield built


def add(client: httpx.Client, image_id: str, number: int) -> None:
    """One drawn picture."""
    parameters = {"wait": "false"}
    reply = client.put(f"/images/{image_id}", content=drawn(number), headers=PNG, params=parameters)
    reply.raise_for_status()


@contextmanager
def asking(url: str) -> Iterator[list[Reply]]:
    """Two clients that ask without a pause, each with another form of body; the replies so far."""
    replies, stop = list[Reply](), threading.Event()

    def ask(**body: Any) -> None:
        with httpx.Client(base_url=url, timeout=60) as client:
            while not stop.is_set():
                reply = client.post("/divergent?n=3", **body)
                replies.append((reply.status_code, reply.json()))

    bodies: list[dict[str, Any]] = [{"content": drawn(3), "headers": PNG}, {"json": {"image_id": "p5"}}]
    threads = [threading.Thread(target=ask, kwargs=body) for body in bodies]
    for thread in threads:
        thread.start()
    try:
        yield replies
    finally:
        stop.set()
        for thread in threads:
            thread.join()


def is_whole(answer: dict[str, Any]) -> bool:
    """Both views answered, and nothing was missing."""
    return answer.get("degraded") == [] and bool(answer["exact"])


def wait_for(replies: list[Reply], wanted: Callable[[dict[str, Any]], bool], number: int = 5) -> None:
    """Until `number` more replies are as wanted."""
    seen, deadline = len(replies), time.monotonic() + PATIENCE_S
    while sum(wanted(answer) for _, answer in replies[seen:]) < number:
        assert time.monotonic() < deadline, replies[-1]
        time.sleep(0.02)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["caption", "drml"])
def test_a_killed_view_costs_no_request_and_catches_up(
    stack: Stack, name: str, record_property: Callable[[str, object], None]
) -> None:
    victim = {"caption": stack.caption, "drml": stack.drml}[name]
    with asking(stack.gateway.url) as replies, httpx.Client(base_url=stack.gateway.url, timeout=60) as client:
        wait_for(replies, is_whole)
        victim.kill()
        wait_for(replies, lambda answer: answer.get("degraded") == [name])
        size = client.get("/stats").json()["catalogue_size"]
        for number in range(3):
            add(client, f"while-{name}-was-away-{number}", 1_000 * len(name) + number)
        wait_for(replies, lambda answer: answer.get("catalogue_size") == size + 3)
        began = time.monotonic()
        put = client.put(f"/images/late-{name}", content=drawn(77), headers=PNG)
        assert put.status_code == 202
        assert time.monotonic() - began < WAIT_S / 2, "a write waited for a view that is known to be away"
        victim.start()
        victim.wait_ready()
        stack.wait_indexed(PATIENCE_S)
        wait_for(replies, lambda answer: is_whole(answer) and answer["catalogue_size"] == size + 4)
    failed = [status for status, _ in replies if status != 200]
    record_property("tried requests", len(replies))
    record_property("tried kills of views", 1)
    record_property("lost requests", len(failed))
    assert failed == []
    assert max(answer["took_ms"] for _, answer in replies) < 60_000
    newest = httpx.post(
        f"{stack.gateway.url}/similar?n=1", content=drawn(1_000 * len(name)), headers=PNG, timeout=60
    ).json()
    first = newest["results"][0]
    assert first["image_id"] == f"while-{name}-was-away-0"
    assert first["views"]["drml"]["distance"] == 0
    assert first["caption"] == newest["query"]["caption"]
