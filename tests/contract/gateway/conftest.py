"""A gateway over one or two views in memory; only the network between them is left out."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import httpx
import orjson
import pytest
from fastapi import FastAPI

from diversity_contracts.pictures import Decode
from diversity_gateway.answers import Answer
from diversity_gateway.app import create_app
from diversity_gateway.assembly import assemble
from diversity_gateway.exchange import Exchange
from diversity_gateway.parts import Parts
from diversity_gateway.settings import Settings
from tests.fakes.drawn import encoded, plain
from tests.fakes.over_httpx import OverHttpx
from tests.fakes.view import FakeCaptionView, FakeView

PNG = {"Content-Type": "image/png"}


def grey(level: int) -> bytes:
    """A plain grey picture; its embedding in the fake view is (level, level, level)."""
    return encoded(plain((level, level, level)))


async def _is_an_answer(reply: httpx.Response) -> None:
    """Every search's answer is what the API document says of one: it is written without its models."""
    request = reply.request
    if (reply.status_code, request.method) == (200, "POST") and request.url.path in {
        "/divergent",
        "/similar",
    }:
        raw = await reply.aread()
        told = Answer.model_validate_json(raw).model_dump(mode="json", exclude_unset=True)
        assert told == orjson.loads(raw)


@dataclass
class Gateway:
    """The application, a client of it, the view behind it."""

    http: httpx.AsyncClient
    view: FakeView
    parts: Parts
    state: Path
    app: FastAPI

    async def put(self, image_id: str, data: bytes, **parameters: str) -> httpx.Response:
        """One picture as the body."""
        return await self.http.put(f"/images/{image_id}", content=data, headers=PNG, params=parameters)

    async def is_ready(self) -> bool:
        """Whether /readyz says so."""
        return (await self.http.get("/readyz")).status_code == 200

    async def fill(self, **levels: int) -> None:
        """Plain grey pictures by id, all searchable."""
        for image_id, level in levels.items():
            reply = await self.put(image_id, grey(level))
            assert reply.status_code == 201, reply.text


class Untouched:
    """A body that nobody may begin to read."""

    def __aiter__(self) -> "Untouched":
        return self

    async def __anext__(self) -> bytes:
        raise AssertionError("the body was read")


@asynccontextmanager
async def gateway_over(
    view: FakeView,
    state: Path,
    caption: FakeCaptionView | None = None,
    *,
    decode: Decode | None = None,
    **settings: object,
) -> AsyncIterator[Gateway]:
    """A gateway with `settings`; it starts with the block and stops with it."""
    # Patience for a busy machine: a test that is about a limit sets its own.
    # Kept answers would hide what a view does when it is asked the same again.
    patient: dict[str, object] = {"state": state, "wait_s": 60, "view_deadline_s": 20, "cache_bytes": 0}
    patient["decoders"] = 0  # to start a program takes longer than most tests
    exchanges: dict[str, Exchange] = {"drml": OverHttpx(httpx.ASGITransport(view.app))}
    if caption is None:
        patient["caption_url"] = ""
    else:
        exchanges["caption"] = OverHttpx(httpx.ASGITransport(caption.app))
    chosen = Settings.model_validate(patient | settings)
    app = create_app(partial(assemble, chosen, exchanges=exchanges, decode=decode), origins=chosen.origins())
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(
            transport=transport,
            base_url="http://gateway",
            timeout=60,
            event_hooks={"response": [_is_an_answer]},
        ) as client,
    ):
        yield Gateway(client, view, app.state.parts, state, app)


@pytest.fixture
async def gateway(tmp_path: Path) -> AsyncIterator[Gateway]:
    async with gateway_over(FakeView(), tmp_path) as built:
        yield built


@pytest.fixture
def caption() -> FakeCaptionView:
    return FakeCaptionView()


@pytest.fixture
async def both(tmp_path: Path, caption: FakeCaptionView) -> AsyncIterator[Gateway]:
    """A gateway over two views; `caption` is the second."""
    async with gateway_over(FakeView(), tmp_path, caption) as built:
        yield built


def problem(reply: httpx.Response, status: int, slug: str) -> str:
    """The detail of a problem document, after checking its form."""
    assert reply.status_code == status, reply.text
    assert reply.headers["content-type"] == "application/problem+json"
    document = reply.json()
    assert document["type"] == f"urn:diversity:problem:{slug}"
    assert document["status"] == status
    assert document["request_id"] == reply.headers["x-request-id"]
    assert set(document) <= {"type", "title", "status", "detail", "request_id", "errors"}
    detail = document["detail"]
    assert isinstance(detail, str)
    return detail


def ids(reply: httpx.Response) -> list[str]:
    """The pictures of an answer, in its order."""
    assert reply.status_code == 200, reply.text
    return [result["image_id"] for result in reply.json()["results"]]


async def ask_json(gateway: Gateway, mode: str, body: dict[str, object], **parameters: str) -> httpx.Response:
    """A query in JSON."""
    return await gateway.http.post(f"/{mode}", json=body, params=parameters)


async def ask_dark(gateway: Gateway, mode: str, **parameters: str) -> httpx.Response:
    """A dark picture of level 10 as the query."""
    return await gateway.http.post(f"/{mode}", content=grey(10), headers=PNG, params=parameters)
