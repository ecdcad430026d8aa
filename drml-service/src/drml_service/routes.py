"""The HTTP calls of the view."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response

from diversity_contracts import wire
from drml_service import documentation as doc
from drml_service import queries
from drml_service.parts import GetParts, Parts
from drml_service.reading import only, read_request
from drml_service.search import End

router = APIRouter()
Count = Annotated[int, Query(ge=1, le=100_000, description="How many pictures at most.")]
Representation = Annotated[
    bool, Query(description="Also return the query in the view's own space, for `/distances`.")
]
ImageIds = Annotated[
    list[str] | None, Query(alias="image_id", description="A picture to measure; repeatable. Not with JSON.")
]
Pairwise = Annotated[
    bool, Query(description="Also the distances between the pictures (≤ 1,000). Not with JSON.")
]


def _json(model: wire.Wire) -> Response:
    return Response(model.model_dump_json(), media_type="application/json")


@router.post(
    "/embed", summary="A picture's embedding", response_model=wire.Embedding, dependencies=[Depends(only())],
    responses=doc.EMBED, openapi_extra=doc.QUERY_BODY,
)  # fmt: skip
async def embed(request: Request, parts: GetParts) -> Response:
    """The embedding of a picture, of an indexed picture, or of a representation."""
    engine = parts.serving.engine
    with parts.queries.place():
        body = await read_request(request, parts.query_limits, parts.body_seconds)
        query = queries.query_of(body, picture_bytes=parts.query_limits.body_bytes)
        return await parts.queries.run(lambda: _json(engine.embed(query)))


@router.post(
    "/nearest", summary="The most similar pictures", response_model=wire.Ranking,
    dependencies=[Depends(only("n", "representation"))], responses=doc.NEAREST, openapi_extra=doc.QUERY_BODY,
)  # fmt: skip
async def nearest(
    request: Request, parts: GetParts, n: Count = 5, representation: Representation = False
) -> Response:
    """The `n` pictures at the smallest Euclidean distance, ties by image_id; exact."""
    return await _rank(request, parts, n, "nearest", representation)


@router.post(
    "/farthest", summary="The most divergent pictures", response_model=wire.Ranking,
    dependencies=[Depends(only("n", "representation"))], responses=doc.FARTHEST, openapi_extra=doc.QUERY_BODY,
)  # fmt: skip
async def farthest(
    request: Request, parts: GetParts, n: Count = 5, representation: Representation = False
) -> Response:
    """The `n` pictures at the largest Euclidean distance, ties by image_id; exact."""
    return await _rank(request, parts, n, "farthest", representation)


@router.post(
    "/distances", summary="Given pictures as seen from a query", response_model=wire.Distances,
    dependencies=[Depends(only("image_id", "pairwise", "representation"))], responses=doc.DISTANCES,
    openapi_extra=doc.DISTANCES_BODY,
)  # fmt: skip
async def distances(
    request: Request,
    parts: GetParts,
    image_id: ImageIds = None,
    pairwise: Pairwise = False,
    representation: Representation = False,
) -> Response:
    """Distance and percentile of the given pictures, in the order given; null for one that is not indexed and
    for the query's own entry when it is asked by id."""
    engine = parts.serving.engine
    with parts.queries.place():
        body = await read_request(request, parts.query_limits, parts.body_seconds)

        def work() -> Response:
            asked = queries.measurement_of(
                body,
                image_ids=image_id or (),
                pairwise=pairwise,
                picture_bytes=parts.query_limits.body_bytes,
            )
            return _json(
                engine.measure(
                    asked.query, asked.image_ids, with_pairs=asked.pairwise, representation=representation
                )
            )

        return await parts.queries.run(work)


@router.post(
    "/changes", summary="Apply catalogue changes", response_model=wire.ChangesApplied,
    dependencies=[Depends(only())], responses=doc.CHANGES, openapi_extra=doc.CHANGES_BODY,
)  # fmt: skip
async def changes(request: Request, parts: GetParts) -> Response:
    """Take the index from one change of the catalogue to a later one, whole or not at all. What the reply
    acknowledges is on disk. Applying a batch again changes nothing."""
    engine = parts.serving.engine
    with parts.changes.place():
        body = await read_request(request, parts.batch_limits, parts.body_seconds)

        def work() -> wire.ChangesApplied:
            batch, pictures = queries.batch_of(body)
            return engine.apply(batch, pictures)

        applied = await parts.changes.run(work)
    parts.metrics.refused(len(applied.refused))
    parts.metrics.index(applied.count, applied.applied)
    return _json(applied)


@router.get("/model", summary="What serves", dependencies=[Depends(only())], responses=doc.MODEL)
async def model(parts: GetParts) -> wire.ViewModel:
    """The artifact, its figures, how far the index is, and why a newer artifact was refused, if one was."""
    return parts.serving.model()


@router.get("/healthz", summary="Alive", responses=doc.HEALTH)
async def healthz() -> dict[str, str]:
    """The process answers."""
    return {"status": "alive"}


@router.get("/readyz", summary="Can serve", responses=doc.READY)
async def readyz(parts: GetParts) -> dict[str, str]:
    """New requests are welcome; 503 while the model loads and once the process is told to end."""
    parts.serving.check_ready()
    return {"status": "ready"}


@router.get("/metrics", summary="Prometheus metrics", response_class=Response, responses=doc.METRICS)
async def metrics(parts: GetParts) -> Response:
    """Counters and histograms in Prometheus' text format."""
    return Response(parts.metrics.text(), media_type="text/plain; version=0.0.4; charset=utf-8")


async def _rank(request: Request, parts: Parts, n: int, end: End, representation: bool) -> Response:
    engine = parts.serving.engine
    with parts.queries.place():
        body = await read_request(request, parts.query_limits, parts.body_seconds)
        query = queries.query_of(body, picture_bytes=parts.query_limits.body_bytes)
        return await parts.queries.run(
            lambda: _json(engine.rank(query, n, end, representation=representation))
        )
