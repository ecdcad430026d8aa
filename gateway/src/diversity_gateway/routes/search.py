"""`/divergent` and `/similar`."""

import time
from dataclasses import replace
from typing import Any

import orjson
from fastapi import APIRouter

from diversity_gateway.answering import compose
from diversity_gateway.answers import Answer
from diversity_gateway.cursor import PagePlace, check_state, decode_page, encode_page, fingerprint
from diversity_gateway.ingest import find
from diversity_gateway.parameters import Search, SearchParameters, parse_band, parse_views, parse_weights
from diversity_gateway.parts import Parts, Wired
from diversity_gateway.questions import Question, read_question
from diversity_gateway.ranking import Mode
from diversity_gateway.routes.documentation import ANSWER, SEARCH_BODY, problems
from diversity_gateway.routes.requests import QueryBody
from diversity_gateway.wishes import Retrieved, Wish

router = APIRouter(tags=["search"])
_REFUSALS = problems(400, 404, 408, 410, 413, 415, 422, 429, 503)
_DOCUMENTED: dict[str, Any] = {
    "responses": {200: ANSWER, **_REFUSALS},
    "openapi_extra": {"requestBody": SEARCH_BODY},
    "response_model_exclude_unset": True,  # of a result's views, those that were not asked for
}


@router.post("/divergent", summary="The most divergent pictures", **_DOCUMENTED)
async def divergent(body: QueryBody, parameters: Search, parts: Wired) -> Answer:
    """The `n` most divergent pictures: the furthest hundredth of the catalogue (10·`n` pictures at least) in
    the order of how much further each is from the query than it usually is; with `raw` the farthest first."""
    return await _answer("divergent", read_question(body, parts.limits.body_bytes), parameters, parts)


@router.post("/similar", summary="The most similar pictures", **_DOCUMENTED)
async def similar(body: QueryBody, parameters: Search, parts: Wired) -> Answer:
    """The `n` pictures of the catalogue that are nearest to the query, the nearest first."""
    return await _answer("similar", read_question(body, parts.limits.body_bytes), parameters, parts)


async def _answer(mode: Mode, question: Question, parameters: SearchParameters, parts: Parts) -> Answer:
    started = time.perf_counter()
    views = parse_views(parameters.views, list(parts.views))
    asked = fingerprint(
        mode,
        question.identity,
        orjson.dumps(parameters.model_dump(exclude={"n", "cursor"})),
    )
    place = PagePlace(0, parameters.n)
    if parameters.cursor is not None:
        place = decode_page(parameters.cursor, asked)
    offset = place.offset
    wish = Wish(
        mode=mode,
        wanted=offset + parameters.n + 1,  # one more tells whether there is another page
        weights=parse_weights(parameters.weights, views),
        band=parse_band(parameters.band),
        exclude=question.exclude | frozenset(parameters.exclude),
        filter=question.filter,
        listed=place.listed if mode == "divergent" and not parameters.raw else None,
    )
    if question.query.image_id is not None:
        await find(parts.catalogue, question.query.image_id)
    page = fingerprint(asked, str(parameters.n), parameters.cursor or "")
    if (kept := await _kept(parts, page, views)) is not None:
        return _timed(kept, started)
    found = await parts.retrieval.find(question.query, wish)
    _measure(parts, mode, found)
    answer = compose(mode, question.query.image_id, parameters.n, offset, found, strict=parameters.strict)
    state = _state(found)
    if parameters.cursor is not None:
        check_state(parameters.cursor, state)
    if len(found.ranked) > offset + parameters.n:
        answer.next_cursor = encode_page(asked, state, replace(place, offset=offset + parameters.n))
    if parts.kept is not None:
        await parts.kept.keep(page, answer, found)
    return _timed(answer, started)


async def _kept(parts: Parts, page: str, views: list[str]) -> Answer | None:
    if parts.kept is None:
        return None
    answer, outcome = await parts.kept.find(page, views)
    parts.metrics.kept.labels(outcome).inc()
    return answer


def _timed(answer: Answer, started: float) -> Answer:
    answer.took_ms = round((time.perf_counter() - started) * 1000, 3)
    return answer


def _state(found: Retrieved) -> list[object]:
    """What a ranking depends on beside the query."""
    stands = {
        name: [account.stand.artifact, account.stand.applied]
        for name, account in found.accounts.items()
        if account.stand is not None
    }
    return [found.snapshot.version, sorted(stands.items())]


def _measure(parts: Parts, mode: Mode, found: Retrieved) -> None:
    for name, account in found.accounts.items():
        parts.metrics.view_seconds.labels(name, account.status).observe(account.took_ms / 1000)
    if not found.exact:
        parts.metrics.inexact.labels(mode).inc()
