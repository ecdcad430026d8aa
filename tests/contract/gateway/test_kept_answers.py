"""An answer given again: the same bytes, without the views, but never in the name of one that is gone."""

import re
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.contract.gateway.conftest import PNG, Gateway, gateway_over, grey
from tests.fakes.redis_server import fake_redis
from tests.fakes.view import FakeCaptionView, FakeView
from tests.fakes.waiting import eventually

KEEPING: dict[str, Any] = {"cache_bytes": 1_000_000}
LEVELS = {f"p{level}": level for level in range(10, 250, 20)}


@pytest.fixture
async def two(tmp_path: Path) -> AsyncIterator[Gateway]:
    """Two views, twelve pictures, answers kept."""
    async with gateway_over(FakeView(), tmp_path, FakeCaptionView(), **KEEPING) as built:
        await built.fill(**LEVELS)
        yield built


def timeless(reply: httpx.Response) -> bytes:
    """The reply without the milliseconds it took altogether, the last of its fields."""
    assert reply.status_code == 200, reply.text
    return re.sub(rb'"took_ms":[0-9.e-]+}$', b"", reply.content)


async def asked_twice(gateway: Gateway, path: str, **body: object) -> tuple[bytes, bytes, int]:
    """Both replies, and how many queries the views saw for the second."""
    first = await gateway.http.post(path, **body)  # type: ignore[arg-type]  # httpx's own keywords
    before = queries(gateway)
    second = await gateway.http.post(path, **body)  # type: ignore[arg-type]  # httpx's own keywords
    assert first.headers["x-request-id"] != second.headers["x-request-id"]
    return timeless(first), timeless(second), queries(gateway) - before


def queries(gateway: Gateway) -> int:
    return sum(call not in {"/model", "/changes"} for call in gateway.view.calls)


@pytest.mark.parametrize(
    "path", ["/divergent", "/similar?n=7", "/divergent?views=drml&band=0.2-0.9", "/similar?weights=drml:1"]
)
async def test_the_same_bytes_without_the_views(two: Gateway, path: str) -> None:
    for body in ({"json": {"image_id": "p10"}}, {"content": grey(77), "headers": PNG}):
        first, second, asked = await asked_twice(two, path, **body)
        assert (second, asked) == (first, 0)


async def test_pages_are_kept_each_by_itself(two: Gateway) -> None:
    body = {"content": grey(77), "headers": PNG}
    first = (await two.http.post("/similar?n=4", **body)).json()  # type: ignore[arg-type]  # httpx's keywords
    path = f"/similar?n=4&cursor={first['next_cursor']}"
    once, again, asked = await asked_twice(two, path, **body)
    assert (again, asked) == (once, 0)
    assert b'"rank":5' in again


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/similar", {"image_id": "p10"}),
        ("/divergent?n=6", {"image_id": "p10"}),
        ("/divergent?views=drml", {"image_id": "p10"}),
        ("/divergent?weights=drml:0.7,caption:0.3", {"image_id": "p10"}),
        ("/divergent?band=0.1-0.9", {"image_id": "p10"}),
        ("/divergent", {"image_id": "p30"}),
        ("/divergent", {"image_id": "p10", "exclude": ["p30"]}),
    ],
)
async def test_another_question_is_another_answer(two: Gateway, path: str, body: dict[str, object]) -> None:
    await two.http.post("/divergent", json={"image_id": "p10"})
    before = queries(two)
    assert (await two.http.post(path, json=body)).status_code == 200
    assert queries(two) > before


async def test_a_change_of_the_catalogue_makes_it_another_question(two: Gateway) -> None:
    ask = {"content": grey(0), "headers": PNG}
    first, _, _ = await asked_twice(two, "/similar", **ask)
    assert (await two.put("p2", grey(2))).status_code == 201
    second, third, asked = await asked_twice(two, "/similar", **ask)
    assert b'"image_id":"p2"' in second
    assert first != second
    assert (third, asked) == (second, 0)


async def test_a_new_artifact_makes_it_another_question(two: Gateway) -> None:
    await asked_twice(two, "/similar", json={"image_id": "p10"})
    two.view.artifact = "drml-fake-2"

    async def is_told() -> bool:
        reply = await two.http.post("/similar", json={"image_id": "p10"})
        return bool(reply.json()["views"]["drml"]["artifact"] == "drml-fake-2")

    await eventually(is_told)


async def test_another_precision_makes_it_another_question(two: Gateway) -> None:
    """Of the same artifact: the numbers are others, and so may the order be."""
    body = {"json": {"image_id": "p10"}}
    first, again, asked = await asked_twice(two, "/similar", **body)
    assert (again, asked) == (first, 0)
    two.view.generation = f"{two.view.artifact}+int8"
    before = queries(two)

    async def is_asked() -> bool:
        await two.http.post("/similar", **body)  # type: ignore[arg-type]  # httpx's own keywords
        return queries(two) > before

    await eventually(is_asked)
    told, again, asked = await asked_twice(two, "/similar", **body)
    assert (again, asked) == (told, 0)
    assert b'"artifact":"drml-fake-1"' in told, "callers are told of the artifact"


@pytest.mark.parametrize("failure", ["fails", "hangs"])
async def test_a_view_that_is_not_there_shows(tmp_path: Path, failure: str) -> None:
    """The answer of both is kept, and is not given in the name of the one that is gone."""
    settings = {**KEEPING, "view_deadline_s": 0.5}
    caption = FakeCaptionView()
    async with gateway_over(FakeView(), tmp_path, caption, **settings) as gateway:
        await gateway.fill(**LEVELS)

        async def degraded(wanted: list[str]) -> bool:
            reply = await gateway.http.post("/similar", json={"image_id": "p10"})
            return bool(reply.json()["degraded"] == wanted)

        await eventually(lambda: degraded([]))
        if failure == "fails":
            caption.fail_with = 500
        else:
            caption.delay_s = 30.0
        await eventually(lambda: degraded(["caption"]))
        before = queries(gateway)
        assert await degraded(["caption"])
        assert queries(gateway) > before, "a partial answer is not kept"
        caption.fail_with, caption.delay_s = None, 0.0
        await eventually(lambda: degraded([]))


async def test_gateways_share_through_redis_and_outlive_it(tmp_path: Path) -> None:
    """Two gateways of one catalogue. Where a busy machine takes longer than Redis may: once more."""
    async with fake_redis() as redis, AsyncExitStack() as stack:
        settings: dict[str, Any] = {**KEEPING, "redis_url": redis.url}
        one = await stack.enter_async_context(gateway_over(FakeView(), tmp_path, **settings))
        await one.fill(**LEVELS)
        other = await stack.enter_async_context(gateway_over(FakeView(), tmp_path, **settings))
        await eventually(lambda: stands_at(other, len(LEVELS)))
        counts = iter(range(1, 100))

        async def ask(gateway: Gateway, n: int) -> bytes:
            return timeless(await gateway.http.post(f"/similar?n={n}", json={"image_id": "p10"}))

        async def is_shared() -> bool:
            n, before = next(counts), queries(other)
            return await ask(one, n) == await ask(other, n) and queries(other) == before

        await eventually(is_shared)
        n = next(counts)
        once = await ask(one, n)
        for key in redis.values:
            redis.values[key] = b'{"mode": "nonsense"}'
        assert results(await ask(other, n)) == results(once)
        await redis.stop()
        assert await ask(one, n) == once
        n = next(counts)
        assert results(await ask(other, n)) == results(await ask(one, n))


def results(reply: bytes) -> bytes:
    """What comes before the views' own times."""
    return reply.partition(b'"views":{"drml":{"status"')[0]


async def stands_at(gateway: Gateway, change: int) -> bool:
    views = (await gateway.http.get("/stats")).json()["views"].values()
    return all(view["pending"] == 0 and view["indexed"] == change for view in views)


async def test_what_a_user_saw_since_makes_it_another_question(two: Gateway) -> None:
    async def saw(image_id: str) -> None:
        reply = await two.http.post("/users/u/history", json={"history": [{"image_id": image_id}]})
        assert reply.status_code == 200, reply.text

    await saw("p10")
    first, again, asked = await asked_twice(two, "/divergent", json={"user_id": "u"})
    assert (again, asked) == (first, 0)
    await saw("p230")
    before = queries(two)
    other = timeless(await two.http.post("/divergent", json={"user_id": "u"}))
    assert queries(two) > before
    assert other != first
