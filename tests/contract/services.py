"""The three services over fakes, each with a client of it and three drawn pictures in it."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
from fastapi import FastAPI

from caption_service.app import create_app as create_caption
from diversity_contracts.pictures import Decode, decode
from diversity_view.generation import Generation
from drml_service.app import create_app as create_drml
from tests.contract.caption_service.conftest import engine_in
from tests.contract.drml_service.conftest import generation_in
from tests.contract.gateway.conftest import gateway_over
from tests.fakes.drawn import drawn
from tests.fakes.running_view import running
from tests.fakes.view import FakeCaptionView, FakeView

PICTURES = {name: drawn(number, size=(20, 15)) for number, name in enumerate("abc")}


def client_of(app: FastAPI) -> httpx.AsyncClient:
    """One that is told of an unforeseen error as any caller is."""
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    return httpx.AsyncClient(transport=transport, base_url="http://view", timeout=60)


@asynccontextmanager
async def gateway(folder: Path, decode: Decode = decode) -> AsyncIterator[httpx.AsyncClient]:
    """The gateway over two views in memory."""
    views = FakeView(), FakeCaptionView()
    async with gateway_over(views[0], folder, views[1], wait_s=2.0, decode=decode) as built:
        for image_id, data in PICTURES.items():
            assert (await built.put(image_id, data)).status_code == 201
        yield built.http


@asynccontextmanager
async def drml(folder: Path, decode: Decode = decode) -> AsyncIterator[httpx.AsyncClient]:
    """The DRML view; a colour is the embedding."""
    async with running(
        "drml", create_drml, lambda metrics: generation_in(folder, metrics, decode=decode)
    ) as view:
        assert (await view.apply(0, PICTURES)).status_code == 200
        async with client_of(view.app) as client:
            yield client


@asynccontextmanager
async def caption(folder: Path, decode: Decode = decode) -> AsyncIterator[httpx.AsyncClient]:
    """The caption view; a colour's name is the sentence."""

    def generation(_: object) -> Generation[Any]:
        return Generation(engine_in(folder, decode=decode), {}, created="2026-01-01")

    async with running("caption", create_caption, generation) as view:
        assert (await view.apply(0, PICTURES)).status_code == 200
        async with client_of(view.app) as client:
            yield client


SERVED: dict[str, Callable[..., AbstractAsyncContextManager[httpx.AsyncClient]]] = {
    "gateway": gateway,
    "drml_service": drml,
    "caption_service": caption,
}
