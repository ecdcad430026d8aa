"""`/divergent` and `/similar`, for one query and for many."""

import time
from collections.abc import Sequence
from typing import Any

import orjson
from fastapi import APIRouter, Response

from diversity_contracts.bodies import Body
from diversity_gateway.answers import Answer, SearchOutcomes
from diversity_gateway.many_searches import read_queries, search_many
from diversity_gateway.parameters import Search, SearchParameters
from diversity_gateway.parts import Parts, Wired
from diversity_gateway.questions import read_question
from diversity_gateway.ranking import Mode
from diversity_gateway.routes.direct import Direct
from diversity_gateway.routes.documentation import problems
from diversity_gateway.routes.requests import QueriesBody, QueryBody
from diversity_gateway.routes.search_documentation import ANSWER, ANSWERS, BATCH_QUERIES, SEARCH_BODY
from diversity_gateway.searching import search

router = APIRouter(tags=["search"])
direct = APIRouter(tags=["search"], route_class=Direct)
_REFUSALS = problems(400, 404, 408, 410, 413, 415, 422, 429, 503)
_DOCUMENTED: dict[str, Any] = {
    "responses": {200: ANSWER, **_REFUSALS},
    "openapi_extra": {"requestBody": SEARCH_BODY},
    "response_model": Answer,  # for the document: the reply is bytes already
}


@direct.post("/divergent", summary="The most divergent pictures", **_DOCUMENTED)
async def divergent(body: QueryBody, parameters: Search, parts: Wired) -> Response:
    """The `n` most divergent pictures: the furthest hundredth of the catalogue (10·`n` pictures at least) in
    the order of how much further each is from the query than it usually is; with `raw` the farthest first."""
    return await _one(parts, "divergent", body, parameters)


@direct.post("/similar", summary="The most similar pictures", **_DOCUMENTED)
async def similar(body: QueryBody, parameters: Search, parts: Wired) -> Response:
    """The `n` pictures of the catalogue that are nearest to the query, the nearest first."""
    return await _one(parts, "similar", body, parameters)


_MANY: dict[str, Any] = {
    "responses": {200: ANSWERS, **problems(400, 408, 413, 415, 422, 429)},
    "openapi_extra": {"requestBody": BATCH_QUERIES},
    "response_model": SearchOutcomes,
}


@router.post("/divergent:batch", summary="Many queries for the most divergent", **_MANY)
async def divergent_batch(body: QueriesBody, parameters: Search, parts: Wired) -> Response:
    """Up to 100 queries, an outcome each. A query is a JSON body of `/divergent` with any of its parameters
    beside; the call's own parameters hold where a query names none. No query's failure touches another."""
    return await _many(parts, "divergent", read_queries(body), parameters)


@router.post("/similar:batch", summary="Many queries for the most similar", **_MANY)
async def similar_batch(body: QueriesBody, parameters: Search, parts: Wired) -> Response:
    """As `/divergent:batch`, with the nearest pictures."""
    return await _many(parts, "similar", read_queries(body), parameters)


async def _one(parts: Parts, mode: Mode, body: Body, parameters: SearchParameters) -> Response:
    question = read_question(body, parts.limits.body_bytes)
    return Response(await search(parts, mode, question, parameters), media_type="application/json")


async def _many(
    parts: Parts, mode: Mode, queries: Sequence[object], parameters: SearchParameters
) -> Response:
    started = time.perf_counter()
    results = await search_many(parts, mode, queries, parameters.model_dump(exclude_unset=True))
    took_ms = round((time.perf_counter() - started) * 1000, 3)
    reply = orjson.dumps({"results": results, "took_ms": took_ms})
    return Response(reply, media_type="application/json")
