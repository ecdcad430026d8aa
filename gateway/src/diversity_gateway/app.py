"""The application from its parts; importing this loads no model and reads no setting."""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any

from fastapi import FastAPI
from starlette.middleware.cors import CORSMiddleware

from diversity_gateway import problem_handlers
from diversity_gateway.image_path import SingleSegmentIds
from diversity_gateway.metrics import Metrics
from diversity_gateway.overload import Overload
from diversity_gateway.parts import Parts
from diversity_gateway.request_context import RequestContext
from diversity_gateway.routes import history, images, projection, search, service
from diversity_gateway.routes.authorisation import GUARD, REFUSALS, with_schemes
from diversity_gateway.routes.static import Revalidated
from diversity_gateway.timing import Timing

VERSION = "0.1.0"
DESCRIPTION = (
    "Given a picture, the most **divergent** and the most similar pictures of a catalogue. Percentiles and "
    "divergence are shares of the catalogue, 0 to 1, larger = more divergent. Errors are problem documents "
    "(RFC 9457); unknown parameters are refused."
)
PartsFactory = Callable[[Metrics], AbstractAsyncContextManager[Parts]]


class _Gateway(FastAPI):
    """The framework's application, its document with the ways to send a key."""

    def openapi(self) -> dict[str, Any]:
        return with_schemes(super().openapi())


def create_app(parts: PartsFactory, *, origins: Sequence[str] = (), tracing: bool = False) -> FastAPI:
    """The gateway. `parts` is entered when the server starts, in its event loop, and left when it stops.

    `origins` are the web pages, other than the gateway's own, whose scripts may call; with `tracing` requests
    are OpenTelemetry's spans.
    """
    metrics = Metrics()

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with parts(metrics) as built:
            app.state.parts = built
            yield

    app = _Gateway(
        title="Image diversity",
        version=VERSION,
        description=DESCRIPTION,
        lifespan=lifespan,
        docs_url=None,  # its page loads scripts from a foreign host
        redoc_url=None,
        redirect_slashes=False,
        # The framework's own spans, sent where the OTEL_* variables say.
        telemetry={"tracing": tracing, "metrics": False, "logs": False, "auto_configure": tracing},
    )
    for router in (
        search.direct,
        search.router,
        images.router,
        history.router,
        projection.router,
        service.guarded,
    ):
        app.include_router(router, dependencies=GUARD, responses=REFUSALS)
    app.include_router(service.router)
    app.mount("/static", Revalidated(directory=service.page_folder()), name="static")
    problem_handlers.install(app)
    # The last one added is the outermost.
    app.add_middleware(Timing, metrics=metrics)
    app.add_middleware(SingleSegmentIds)
    app.add_middleware(problem_handlers.Unexpected)
    app.add_middleware(Overload)
    if origins:
        app.add_middleware(
            CORSMiddleware,
            allow_origins=origins,
            allow_methods=["GET", "POST", "PUT", "DELETE"],
            allow_headers=["Authorization", "X-API-Key", "Content-Type", "X-Request-ID", "traceparent"],
            expose_headers=["X-Request-ID", "Retry-After", "ETag"],
            max_age=600,
        )
    app.add_middleware(RequestContext)
    return app
