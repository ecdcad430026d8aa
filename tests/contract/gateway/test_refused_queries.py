"""Queries that `/divergent` and `/similar` refuse, each with its own problem."""

import asyncio
import base64
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.contract.gateway.conftest import PNG, Gateway, ask_json, gateway_over, grey, problem
from tests.fakes.view import FakeView


@pytest.mark.parametrize("n", ["0", "-1", "1e9", "NaN", "101", "", "5.5", "١٠١"])
async def test_n_refused(gateway: Gateway, n: str) -> None:
    problem(await ask_json(gateway, "divergent", {"image_id": "a"}, n=n), 422, "invalid-parameter")


@pytest.mark.parametrize("name", ["diverse", "duplicates", "N", "limit", "image_id"])
async def test_what_is_no_parameter_is_refused(gateway: Gateway, name: str) -> None:
    reply = await ask_json(gateway, "divergent", {"image_id": "a"}, **{name: "1"})
    assert f"`query.{name}`: not a parameter of this call" in problem(reply, 422, "invalid-parameter")


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"image_id": "a", "image_base64": "YQ=="},
        {"image_id": ""},
        {"image_id": "a\x00"},
        {"image_id": 5},
        {"image_id": "x" * 257},
        {"image_base64": "no base64!"},
        {"image_id": "a", "exclude": "b"},
        {"image_id": "a", "filter": {"k": []}},
        {"image_id": "a", "filter": {"k": {"$ne": 1}}},
        {"user_id": ""},
        {"user_id": "u", "image_id": "a"},
        {"history": []},
        {"history": [{"image_id": "a", "weight": 0}]},
        {"history": [{"image_id": "a", "weight": 1.01}]},
        {"history": ["a"]},
        {"image_id": "a", "limit": 3},
    ],
)
async def test_json_refused(gateway: Gateway, body: dict[str, object]) -> None:
    problem(await ask_json(gateway, "divergent", body), 422, "invalid-parameter")


@pytest.mark.parametrize(
    ("content_type", "body", "status", "slug"),
    [
        ("application/json", b"{", 400, "malformed-request"),
        ("application/json", b"[]", 400, "malformed-request"),
        ("application/json", b'{"image_id": NaN}', 400, "malformed-request"),
        ("image/png", b"", 400, "malformed-request"),
        ("image/png", b"not a picture", 400, "not-a-picture"),
        ("image/png", grey(1)[:40], 400, "not-a-picture"),
        ("image/svg+xml", b"<svg/>", 415, "unsupported-type"),
        ("text/html", b"<p>", 415, "unsupported-type"),
        ("", b"x", 415, "unsupported-type"),
        ("multipart/form-data", b"x", 400, "malformed-request"),
        ("multipart/form-data; boundary=b", b"--b\r\n", 400, "malformed-request"),
    ],
)
async def test_bodies_refused(
    gateway: Gateway, content_type: str, body: bytes, status: int, slug: str
) -> None:
    headers = {"Content-Type": content_type} if content_type else {}
    problem(await gateway.http.post("/divergent", content=body, headers=headers), status, slug)


async def test_other_parts_of_a_form_are_refused(gateway: Gateway) -> None:
    files = [("image", ("a", grey(1), "")), ("picture", ("b", grey(2), ""))]
    problem(await gateway.http.post("/similar", files=files), 422, "invalid-parameter")


async def test_an_unknown_id_is_404(gateway: Gateway) -> None:
    assert "'nobody'" in problem(
        await ask_json(gateway, "similar", {"image_id": "nobody"}), 404, "unknown-id"
    )


async def test_too_many_at_once(tmp_path: Path) -> None:
    async with gateway_over(FakeView(), tmp_path, max_in_flight=2, max_waiting=0) as gateway:
        await gateway.fill(a=10, b=20)
        gateway.view.delay_s = 1.0
        replies = await asyncio.gather(*(ask_json(gateway, "similar", {"image_id": "a"}) for _ in range(5)))
        assert sorted(reply.status_code for reply in replies) == [200, 200, 429, 429, 429]
        refused = next(reply for reply in replies if reply.status_code == 429)
        problem(refused, 429, "too-many-requests")
        assert refused.headers["retry-after"] == "1"
        gateway.view.delay_s = 0.0
        assert (await ask_json(gateway, "similar", {"image_id": "a"})).status_code == 200


async def test_too_large(tmp_path: Path) -> None:
    async with gateway_over(FakeView(), tmp_path, max_body_bytes=1_024 * 1_024) as gateway:
        big = b"x" * (3 * 1_024 * 1_024)

        async def unannounced() -> AsyncIterator[bytes]:
            for _ in range(100):
                yield b"x" * 65_536

        problem(await gateway.http.post("/similar", content=big, headers=PNG), 413, "too-large")
        problem(await gateway.http.post("/similar", content=unannounced(), headers=PNG), 413, "too-large")
        problem(await gateway.http.post("/similar", files={"image": big}), 413, "too-large")
        encoded = base64.b64encode(big[: 2 * 1_024 * 1_024]).decode()
        problem(await ask_json(gateway, "similar", {"image_base64": encoded}), 413, "too-large")


async def test_a_body_that_trickles_is_cut(tmp_path: Path) -> None:
    async with gateway_over(FakeView(), tmp_path, body_grace_s=0.3) as gateway:

        async def trickle() -> AsyncIterator[bytes]:
            for _ in range(1_000):
                yield b"x"
                await asyncio.sleep(0.05)

        reply = await gateway.http.post("/similar", content=trickle(), headers=PNG)
        problem(reply, 408, "slow-body")
        assert reply.headers["connection"] == "close"
