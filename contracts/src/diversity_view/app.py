"""The application of a view, made of given parts; importing it loads no ML framework."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any

from fastapi import APIRouter, FastAPI
from pydantic import BaseModel

from diversity_view import openapi, problem_handlers
from diversity_view.parts import Parts
from diversity_view.request_log import RequestLog


async def _after(loading: asyncio.Task[None], run: Callable[[], Awaitable[None]]) -> None:
    await asyncio.shield(loading)
    await run()


def create_view_app(
    parts: Parts[Any],
    *,
    title: str,
    description: str,
    routers: Sequence[APIRouter],
    body_models: Sequence[type[BaseModel]],
) -> FastAPI:
    """The application over `parts`; its model loads once it listens, and is let go at the end.

    Args:
        body_models: of the JSON bodies that the routes read themselves, for the OpenAPI document.
    """

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        loading = asyncio.create_task(parts.serving.start())
        beside = [asyncio.create_task(_after(loading, run)) for run in parts.beside]
        yield
        for task in beside:
            task.cancel()
        await asyncio.gather(*beside, return_exceptions=True)
        parts.serving.draining = True  # a loading that is tried again and again ends
        await loading
        for lane in (parts.queries, parts.changes, parts.preparing):
            lane.close()
        parts.serving.stop()

    app = FastAPI(
        title=title,
        version="1",
        description=description,
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
    )
    app.state.parts = parts
    for router in routers:
        app.include_router(router)
    problem_handlers.install(app, parts.metrics)
    app.add_middleware(RequestLog, metrics=parts.metrics)
    openapi.install(app, body_models)
    return app
