"""The HTTP calls that only this view has."""

from functools import partial
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response

from diversity_contracts import wire
from diversity_contracts.bodies import Body
from diversity_contracts.pairs import Pairs, PairsQuery
from diversity_contracts.places import Place, Places
from diversity_view import queries
from diversity_view.answering import answer, answer_together, as_json
from diversity_view.costs import SLOW, cost_of, cost_of_pairs
from diversity_view.parts import Parts, parts_of
from diversity_view.reading import only
from drml_service import documentation as doc
from drml_service.engine import Engine
from drml_service.search import End
from drml_service.together import Wanted, embedded, ranked

router = APIRouter()
GetParts = Annotated[Parts[Engine], Depends(parts_of)]
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


@router.post(
    "/embed", summary="A picture's embedding", response_model=wire.Embedding, dependencies=[Depends(only())],
    responses=doc.EMBED, openapi_extra=doc.QUERY_BODY,
)  # fmt: skip
async def embed(request: Request, parts: GetParts) -> Response:
    """The embedding of a picture, of an indexed picture, or of a representation."""

    return await answer_together(request, parts, None, embedded)


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
    options = {"pairwise": True} if pairwise else {}

    def work(engine: Engine, body: Body, picture_bytes: int) -> wire.Distances:
        query, asked = queries.listing_of(
            wire.DistancesQuery, body, image_ids=image_id or (), options=options, picture_bytes=picture_bytes
        )
        return engine.measure(
            query, asked.image_ids, with_pairs=asked.pairwise, representation=representation
        )

    return await answer(request, parts, work)


@router.post(
    "/pairwise", summary="Given pictures as seen from each other", response_model=Pairs,
    dependencies=[Depends(only())], responses=doc.PAIRWISE, openapi_extra=doc.PAIRWISE_BODY,
)  # fmt: skip
async def pairwise(request: Request, parts: GetParts) -> Response:
    """The distances between any two of at most 1,000 pictures; those that are not indexed are left out."""

    def work(engine: Engine, body: Body, _: int) -> Pairs:
        return engine.pairwise(queries.json_of(PairsQuery, body).image_ids)

    return await answer(request, parts, work, cost=cost_of_pairs)


@router.get(
    "/projection", summary="Every picture on the catalogue's map", response_model=Places,
    dependencies=[Depends(only())], responses=doc.PROJECTION,
)  # fmt: skip
async def projection(parts: GetParts) -> Response:
    """The place of each indexed picture in the plane; 404 for an artifact without a map."""
    parts.serving.check_serves()

    def work() -> Response:
        with parts.serving.lease() as engine:
            return as_json(engine.places())

    with parts.queries.place():
        return await parts.queries.run(work, cost=SLOW)


@router.post(
    "/projection", summary="A picture on the catalogue's map", response_model=Place,
    dependencies=[Depends(only())], responses=doc.PLACE, openapi_extra=doc.QUERY_BODY,
)  # fmt: skip
async def place(request: Request, parts: GetParts) -> Response:
    """The place of a picture, of an indexed picture, or of a representation; 404 also without a map."""

    def work(engine: Engine, body: Body, picture_bytes: int) -> Place:
        return engine.place(queries.query_of(body, picture_bytes=picture_bytes))

    return await answer(request, parts, work)


async def _rank(request: Request, parts: Parts[Engine], n: int, end: End, representation: bool) -> Response:
    wanted = Wanted(n, end, representation)
    return await answer_together(request, parts, wanted, ranked, cost=partial(cost_of, entries=n))
