"""The application, made of given parts; importing it loads no ML framework."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI

from drml_service import documentation, problem_handlers
from drml_service.parts import Parts
from drml_service.request_log import RequestLog
from drml_service.routes import router


def create_app(parts: Parts) -> FastAPI:
    """The application over `parts`; its model loads once it listens, and is let go at the end."""

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        loading = asyncio.create_task(parts.serving.start())
        yield
        await loading
        parts.queries.close()
        parts.changes.close()
        parts.serving.stop()

    app = FastAPI(
        title="DRML view",
        version="1",
        description=documentation.DESCRIPTION,
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
    )
    app.state.parts = parts
    app.include_router(router)
    problem_handlers.install(app, parts.metrics)
    app.add_middleware(RequestLog, metrics=parts.metrics)
    documentation.install(app)
    return app
