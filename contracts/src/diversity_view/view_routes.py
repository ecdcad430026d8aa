"""The HTTP calls that every view has: its changes, what it serves, how it is."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request, Response

from diversity_contracts import wire
from diversity_view import openapi, queries
from diversity_view.answering import as_json
from diversity_view.openapi import Responses
from diversity_view.parts import Parts, parts_of
from diversity_view.reading import only, read_request

GetParts = Annotated[Parts[Any], Depends(parts_of)]
Meant = Annotated[
    str | None,
    Query(
        max_length=192, description="The name of the generation that is meant; default: the one that serves."
    ),
]
HEALTH: Responses = openapi.replies({"status": "alive"}, "Alive.")
READY: Responses = openapi.replies({"status": "ready"}, "Ready.", 503)
METRICS: Responses = {
    200: {
        "description": "Metrics.",
        "content": {
            "text/plain": {
                "schema": {"type": "string"},
                "example": "# TYPE drml_index_pictures gauge\ndrml_index_pictures 518.0\n",
            }
        },
    }
}


async def changes(request: Request, parts: GetParts, artifact: Meant = None) -> Response:
    """Take the index from one change of the catalogue to a later one, whole or not at all. What the reply
    acknowledges is on disk. Applying a batch again changes nothing. With `artifact` the index of that
    generation is meant, serving or preparing; without, the one that serves."""
    parts.serving.check_serves()
    prepared = parts.serving.is_prepared(artifact)
    lane = parts.preparing if prepared else parts.changes
    with lane.place():
        body = await read_request(request, parts.batch_limits, parts.body_seconds)

        def work() -> wire.ChangesApplied:
            batch, pictures = queries.batch_of(body)
            return parts.serving.apply(batch, pictures, artifact)

        applied = await lane.run(work)
    if not prepared:
        parts.metrics.refused(len(applied.refused))
    return as_json(applied)


async def model(parts: GetParts) -> wire.ViewModel:
    """The artifact, its figures, how far the index is, and why a newer artifact was refused, if one was."""
    return parts.serving.model()


async def healthz() -> dict[str, str]:
    """The process answers."""
    return {"status": "alive"}


async def readyz(parts: GetParts) -> dict[str, str]:
    """New requests are welcome; 503 while the model loads and once the process is told to end."""
    parts.serving.check_ready()
    return {"status": "ready"}


async def metrics(parts: GetParts) -> Response:
    """Counters and histograms in Prometheus' text format."""
    return Response(parts.metrics.text(), media_type="text/plain; version=0.0.4; charset=utf-8")


def view_router(*, batch: object, applied: object, served: object) -> APIRouter:
    """The calls, documented with the view's own examples of a batch, of the reply to it, of `/model`."""
    router = APIRouter()
    router.add_api_route(
        "/changes", changes, methods=["POST"], summary="Apply catalogue changes",
        response_model=wire.ChangesApplied, dependencies=[Depends(only("artifact"))],
        responses=openapi.replies(applied, "Applied, and on disk.", *openapi.CHANGES_PROBLEMS),
        openapi_extra=openapi.changes_body(batch),
    )  # fmt: skip
    router.add_api_route(
        "/model", model, summary="What serves", dependencies=[Depends(only())],
        responses=openapi.replies(served, "What serves.", 422),
    )  # fmt: skip
    router.add_api_route("/healthz", healthz, summary="Alive", responses=HEALTH)
    router.add_api_route("/readyz", readyz, summary="Can serve", responses=READY)
    router.add_api_route(
        "/metrics", metrics, summary="Prometheus metrics", response_class=Response, responses=METRICS
    )
    return router
