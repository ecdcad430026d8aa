"""Everything that goes wrong is application/problem+json, and says what went wrong."""

import asyncio
import threading
from collections.abc import AsyncIterator

import httpx
import pytest
from PIL import Image

from diversity_contracts.manifest import BadArtifact
from diversity_contracts.problems import Problem
from diversity_view.generation import Generation
from diversity_view.metrics import Metrics
from drml_service.engine import Engine
from tests.contract.drml_service.conftest import RED, Start, View
from tests.fakes.drawn import drawn, encoded
from tests.fakes.running_view import LIMITS, PNG


def problem(reply: httpx.Response, status: int, slug: str) -> Problem:
    assert reply.status_code == status, reply.text
    assert reply.headers["content-type"] == "application/problem+json"
    document = Problem.model_validate(reply.json())
    assert (document.status, document.type) == (status, f"urn:diversity:problem:{slug}")
    assert document.request_id == reply.headers["x-request-id"]
    assert "Traceback" not in reply.text
    return document


@pytest.mark.parametrize("call", ["/nearest", "/farthest"])
@pytest.mark.parametrize("n", ["0", "-1", "1e9", "NaN", "100001", "", "1.5", "９" * 5_000])
async def test_a_bad_n(view: View, call: str, n: str) -> None:
    reply = await view.client.post(call, params={"n": n}, json={"image_id": "red"})
    document = problem(reply, 422, "invalid-parameter")
    assert document.errors is not None
    assert document.errors[0].location == "query.n"


@pytest.mark.parametrize(
    "call", ["/embed?n=3", "/nearest?N=3", "/farthest?band=1", "/distances?ids=a", "/changes?x"]
)
async def test_a_parameter_of_no_call(view: View, call: str) -> None:
    reply = await view.client.post(call, json={"image_id": "red"})
    assert "not a parameter" in problem(reply, 422, "invalid-parameter").detail


@pytest.mark.parametrize(("method", "path", "status", "slug"), [
    ("GET", "/", 404, "not-found"),
    ("GET", "/docs", 404, "not-found"),
    ("POST", "/nearest/", 404, "not-found"),
    ("GET", "/nearest", 405, "method-not-allowed"),
    ("DELETE", "/model", 405, "method-not-allowed"),
])  # fmt: skip
async def test_what_the_framework_answers(view: View, method: str, path: str, status: int, slug: str) -> None:
    problem(await view.client.request(method, path), status, slug)


async def test_bodies_that_are_no_picture(view: View) -> None:
    post = view.client.post
    problem(await post("/nearest", content=b"GIF89a, says the file", headers=PNG), 400, "not-a-picture")
    problem(await post("/nearest", content=drawn(2, size=(30, 30))[:-80], headers=PNG), 400, "not-a-picture")
    problem(await post("/nearest", content=b"", headers=PNG), 400, "malformed-request")
    problem(
        await post("/nearest", content=b"{", headers={"content-type": "application/json"}),
        400,
        "malformed-request",
    )
    problem(
        await post("/nearest", content=b"<svg/>", headers={"content-type": "image/svg+xml"}),
        415,
        "unsupported-type",
    )
    problem(
        await post("/nearest", content=b"hello", headers={"content-type": "text/plain"}),
        415,
        "unsupported-type",
    )


async def test_limits(view: View) -> None:
    post = view.client.post
    too_many_pixels = encoded(Image.new("RGB", (40, 40)))
    assert (
        "pixels"
        in problem(await post("/nearest", content=too_many_pixels, headers=PNG), 413, "too-large").detail
    )
    too_long = b"x" * (LIMITS.body_bytes + 1)
    problem(await post("/nearest", content=too_long, headers=PNG), 413, "too-large")

    async def unannounced() -> AsyncIterator[bytes]:
        for _ in range(100):
            yield b"x" * 1_000

    problem(await post("/nearest", content=unannounced(), headers=PNG), 413, "too-large")
    parts = [("picture", (str(number), b"x")) for number in range(50)]
    problem(await post("/changes", files=parts), 413, "too-large")


async def test_a_body_that_trickles_is_given_up(view: View) -> None:
    async def trickle() -> AsyncIterator[bytes]:
        for _ in range(50):
            yield b"x"
            await asyncio.sleep(0.05)

    reply = await view.client.post("/nearest", content=trickle(), headers=PNG)
    problem(reply, 408, "slow-body")
    assert reply.headers["connection"] == "close"


async def test_more_than_can_wait_is_refused_at_once(start: Start) -> None:
    view = await start(max_queue=2)
    entered, leave = threading.Event(), threading.Event()

    def block() -> None:
        entered.set()
        leave.wait(10)

    async def occupy() -> None:
        with view.parts.queries.place():
            await view.parts.queries.run(block)

    blocked = asyncio.create_task(occupy())
    await asyncio.to_thread(entered.wait, 10)
    waiting = [asyncio.create_task(view.client.post("/embed", content=RED, headers=PNG)) for _ in range(2)]
    while view.parts.queries.inside < 3:  # noqa: ASYNC110  the lane has no event for it, and needs none
        await asyncio.sleep(0.01)
    refused = await view.client.post("/embed", content=RED, headers=PNG)
    problem(refused, 429, "too-many-requests")
    assert int(refused.headers["retry-after"]) >= 1
    leave.set()
    await blocked
    assert [reply.status_code for reply in await asyncio.gather(*waiting)] == [200, 200]
    assert (await view.client.post("/embed", content=RED, headers=PNG)).status_code == 200


async def test_while_the_model_loads(start: Start) -> None:
    view = await start(wait=False)
    reply = await view.client.post("/nearest", content=RED, headers=PNG)
    problem(reply, 503, "not-ready")
    assert int(reply.headers["retry-after"]) >= 1
    problem(await view.client.get("/readyz"), 503, "not-ready")
    assert (await view.client.get("/healthz")).status_code == 200
    assert (await view.client.get("/model")).json()["state"] == "loading"
    await view.parts.serving.start()
    assert (await view.client.get("/readyz")).status_code == 200


async def test_when_no_model_can_be_served(start: Start) -> None:
    def load(_: Metrics) -> Generation[Engine]:
        raise BadArtifact("starter: its hash differs")

    view = await start(load)
    problem(await view.client.post("/embed", content=RED, headers=PNG), 503, "not-ready")
    problem(await view.client.get("/readyz"), 503, "not-ready")
    model = (await view.client.get("/model")).json()
    assert (model["state"], model["artifact"], model["refusal"]) == (
        "failed",
        None,
        "starter: its hash differs",
    )


async def test_on_the_way_out(view: View) -> None:
    view.parts.serving.draining = True
    problem(await view.client.get("/readyz"), 503, "not-ready")
    assert (await view.client.get("/healthz")).status_code == 200
    assert (await view.client.post("/embed", content=RED, headers=PNG)).status_code == 200


async def test_what_nobody_foresaw_is_told_to_the_log_alone(
    view: View, caplog: pytest.LogCaptureFixture
) -> None:
    view.parts.serving.engine.close()
    reply = await view.client.post("/nearest", content=drawn(5, size=(9, 9)), headers=PNG)
    document = problem(reply, 500, "internal")
    assert "closed database" not in reply.text
    logged = [record for record in caplog.records if record.exc_info]
    assert [vars(record)["request_id"] for record in logged] == [document.request_id]
    assert "closed database" in str(logged[0].exc_info)
