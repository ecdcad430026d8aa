"""Health, figures, the page."""

from importlib.resources import as_file, files
from pathlib import Path

from anyio import to_thread
from fastapi import APIRouter, Response
from fastapi.responses import FileResponse
from prometheus_client import CONTENT_TYPE_LATEST

from diversity_contracts.problems import NotReady
from diversity_gateway.answers import Health, Stats, ViewStats
from diversity_gateway.indexer import Indexer
from diversity_gateway.parameters import Nothing
from diversity_gateway.parts import Parts, Wired
from diversity_gateway.routes.documentation import problems, shown
from diversity_gateway.routes.examples import HEALTH, METRICS, STATS

router = APIRouter(tags=["service"])
guarded = APIRouter(tags=["service"])
"""What tells of the catalogue, so that it may need a key."""


def page_folder() -> Path:
    """Where the static page lies; the package is never zipped, so the folder outlives the context."""
    with as_file(files("diversity_gateway") / "page") as folder:
        return folder


@router.get("/", include_in_schema=False)
async def page() -> FileResponse:
    """The page."""
    return FileResponse(page_folder() / "index.html", headers={"Cache-Control": "no-cache"})


@guarded.get(
    "/stats",
    summary="Sizes and lags",
    responses={200: shown("The catalogue, and each view's standing.", STATS), **problems(422)},
)
async def stats(parameters: Nothing, parts: Wired) -> Stats:
    """How many pictures there are, and how far each view has followed."""
    state = await to_thread.run_sync(parts.catalogue.state)
    views = {name: await _view_stats(parts, name, indexer) for name, indexer in parts.indexers.items()}
    return Stats(catalogue_size=state.size, version=state.version, views=views)


@router.get("/healthz", summary="Alive", responses={200: shown("Alive.", HEALTH), **problems(422)})
async def healthz(parameters: Nothing) -> Health:
    """200 as long as the process serves requests."""
    return Health(status="ok")


@router.get("/readyz", summary="Can serve", responses={200: shown("Ready.", HEALTH), **problems(422, 503)})
async def readyz(parameters: Nothing, parts: Wired) -> Health:
    """200 when at least one view answers and the process is not about to stop."""
    if parts.draining:
        raise NotReady("The gateway is stopping.", retry_after_s=5)
    if not any(_is_up(parts, name) for name in parts.views):
        raise NotReady("No view answers yet.", retry_after_s=1)
    return Health(status="ok")


@guarded.get(
    "/metrics",
    summary="Prometheus metrics",
    response_class=Response,
    responses={
        200: {
            "description": "In Prometheus' text format.",
            "content": {"text/plain": {"schema": {"type": "string"}, "example": METRICS}},
        },
        **problems(422),
    },
)
async def metrics(parameters: Nothing, parts: Wired) -> Response:
    """Prometheus text exposition."""
    state = await to_thread.run_sync(parts.catalogue.state)
    parts.metrics.images.set(state.size)
    parts.metrics.version.set(state.version)
    for lane in parts.lanes.values():
        parts.metrics.lane_running.labels(lane.name).set(lane.running)
        parts.metrics.lane_waiting.labels(lane.name).set(lane.waiting)
        parts.metrics.lane_limit.labels(lane.name).set(lane.limit)
    parts.metrics.view_state.clear()  # of earlier artifacts
    for name, indexer in parts.indexers.items():
        parts.metrics.applied.labels(name).set(indexer.applied)
        pending = await to_thread.run_sync(parts.catalogue.pending, indexer.applied)
        parts.metrics.view_pending.labels(name).set(pending)
        if (model := indexer.model) is not None:
            next_one = "" if model.preparing is None else model.preparing.artifact
            labels = (name, model.state, model.artifact or "", next_one)
            parts.metrics.view_state.labels(*labels).set(1)
        parts.metrics.view_up.labels(name).set(_is_up(parts, name))
    return Response(parts.metrics.render(), media_type=CONTENT_TYPE_LATEST)


def _is_up(parts: Parts, name: str) -> bool:
    model = parts.indexers[name].model
    return not parts.views[name].is_suspect and model is not None and model.state == "ready"


async def _view_stats(parts: Parts, name: str, indexer: Indexer) -> ViewStats:
    pending = await to_thread.run_sync(parts.catalogue.pending, indexer.applied)
    model = indexer.model
    return ViewStats(
        artifact=None if model is None else model.artifact,
        indexed=0 if model is None or not indexer.applied else model.count,
        pending=pending,
        refused=len(indexer.refusals),
        reachable=_is_up(parts, name),
    )
