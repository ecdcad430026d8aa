"""The HTTP calls that only this view has."""

from functools import partial
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response

from caption_service import documentation as doc
from caption_service.captioning import WIDEST_BEAM
from caption_service.engine import Engine
from caption_service.search import Bounds, End
from caption_service.together import Wanted, captioned, ranked
from diversity_contracts import wire
from diversity_contracts.bodies import Body
from diversity_contracts.pairs import Pairs, PairsQuery
from diversity_view import queries
from diversity_view.answering import answer, answer_together
from diversity_view.costs import cost_of, cost_of_pairs
from diversity_view.parts import Parts, parts_of
from diversity_view.reading import only

router = APIRouter()
GetParts = Annotated[Parts[Engine], Depends(parts_of)]
Beam = Annotated[
    int | None,
    Query(
        ge=1,
        le=WIDEST_BEAM,
        description="Beginnings kept while writing; 1 is greedy. Default: the artifact's.",
    ),
]
Count = Annotated[int, Query(ge=1, le=100_000, description="How many pictures at most.")]
Least = Annotated[float | None, Query(ge=0, le=1, description="Only pictures at least this similar.")]
Most = Annotated[float | None, Query(ge=0, le=1, description="Only pictures at most this similar.")]
Representation = Annotated[
    bool, Query(description="Also return the query in the view's own terms, for `/similarities`.")
]
ImageIds = Annotated[
    list[str] | None, Query(alias="image_id", description="A picture to compare; repeatable. Not with JSON.")
]


@router.post(
    "/caption", summary="A picture's sentence", response_model=wire.Caption,
    dependencies=[Depends(only("beam"))], responses=doc.CAPTION, openapi_extra=doc.QUERY_BODY,
)  # fmt: skip
async def caption(request: Request, parts: GetParts, beam: Beam = None) -> Response:
    """The sentence written for a picture or for an indexed picture, and the natural logarithm of its
    probability."""

    return await answer_together(request, parts, beam, captioned)


@router.post(
    "/similar", summary="The pictures whose captions say the same", response_model=wire.TextRanking,
    dependencies=[Depends(only("n", "min_similarity", "representation"))], responses=doc.SIMILAR,
    openapi_extra=doc.QUERY_BODY,
)  # fmt: skip
async def similar(
    request: Request,
    parts: GetParts,
    n: Count = 5,
    min_similarity: Least = None,
    representation: Representation = False,
) -> Response:
    """The `n` pictures with the largest similarity, ties by image_id."""
    return await _rank(
        request, parts, n, "similar", bounds=Bounds(min_similarity), representation=representation
    )


@router.post(
    "/divergent", summary="The pictures whose captions say the least like it",
    response_model=wire.TextRanking,
    dependencies=[Depends(only("n", "min_similarity", "max_similarity", "representation"))],
    responses=doc.DIVERGENT, openapi_extra=doc.QUERY_BODY,
)  # fmt: skip
async def divergent(
    request: Request,
    parts: GetParts,
    n: Count = 5,
    *,
    min_similarity: Least = None,
    max_similarity: Most = None,
    representation: Representation = False,
) -> Response:
    """The `n` pictures with the smallest similarity, ties by image_id; among those within the bounds, if any
    are given."""
    bounds = Bounds(min_similarity, max_similarity)
    return await _rank(request, parts, n, "divergent", bounds=bounds, representation=representation)


@router.post(
    "/similarities", summary="Given pictures as seen from a query", response_model=wire.Similarities,
    dependencies=[Depends(only("image_id", "representation"))], responses=doc.SIMILARITIES,
    openapi_extra=doc.SIMILARITIES_BODY,
)  # fmt: skip
async def similarities(
    request: Request, parts: GetParts, image_id: ImageIds = None, representation: Representation = False
) -> Response:
    """Similarity and percentile of the given pictures, in the order given; null for one that is not indexed
    and for the query's own entry when it is asked by id."""

    def work(engine: Engine, body: Body, picture_bytes: int) -> wire.Similarities:
        query, asked = queries.listing_of(
            wire.SimilaritiesQuery, body, image_ids=image_id or (), picture_bytes=picture_bytes
        )
        return engine.measure(query, asked.image_ids, representation=representation)

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


async def _rank(
    request: Request, parts: Parts[Engine], n: int, end: End, *, bounds: Bounds, representation: bool
) -> Response:
    wanted = Wanted(n, end, bounds, representation)
    return await answer_together(request, parts, wanted, ranked, cost=partial(cost_of, entries=n))
