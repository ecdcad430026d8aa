"""Many searches in one call: each is read, answered and refused by itself."""

import asyncio
import logging
from collections.abc import Mapping, Sequence

import orjson
from pydantic import ValidationError

from diversity_contracts.bodies import Body, JsonBody
from diversity_contracts.problems import InvalidParameter, ProblemError, UnsupportedType
from diversity_gateway.parameters import SearchParameters
from diversity_gateway.parts import Parts
from diversity_gateway.problem_handlers import field_problems, invalid
from diversity_gateway.questions import Question, question_of_json
from diversity_gateway.ranking import Mode
from diversity_gateway.request_context import current_request_id
from diversity_gateway.searching import search

_log = logging.getLogger(__name__)
Outcome = Mapping[str, object]
MAX_QUERIES = 100
AT_ONCE = 4  # the batch has one turn among the queries; more at once would take the views from the others
_PARAMETERS = frozenset(SearchParameters.model_fields) - {"exclude"}  # that one is the body's own


def read_queries(body: Body) -> Sequence[object]:
    """The queries of a batch. Raises InvalidParameter, UnsupportedType."""
    if not isinstance(body, JsonBody):
        raise UnsupportedType('Many queries come as JSON, `{"queries": [...]}`.')
    queries = body.value.get("queries")
    if not isinstance(queries, list) or set(body.value) != {"queries"}:
        raise InvalidParameter('The body must be `{"queries": [...]}`.')
    if not 1 <= len(queries) <= MAX_QUERIES:
        raise InvalidParameter(f"A batch has 1 to {MAX_QUERIES} queries; this one has {len(queries)}.")
    return queries


async def search_many(
    parts: Parts, mode: Mode, queries: Sequence[object], shared: Mapping[str, object]
) -> list[Outcome]:
    """An outcome for each of `queries`, in their order: a `SearchOutcome` as JSON.

    Args:
        shared: parameters of the call, which a query's own override.
    """
    turns = asyncio.Semaphore(AT_ONCE)

    async def one(query: object) -> Outcome:
        async with turns:
            return await _outcome(parts, mode, query, shared)

    return list(await asyncio.gather(*(one(query) for query in queries)))


async def _outcome(parts: Parts, mode: Mode, query: object, shared: Mapping[str, object]) -> Outcome:
    try:
        question, parameters = _read(query, shared, parts.limits.body_bytes)
        answer = await search(parts, mode, question, parameters)
    except ProblemError as error:
        return _refused(error)
    except Exception:  # noqa: BLE001 - what fails here must not take the other queries' answers along
        _log.exception("a query of a batch failed")
        return _refused(ProblemError("Something went wrong here; the request id finds it in the log."))
    return {"status": 200, "answer": orjson.Fragment(answer)}


def _refused(error: ProblemError) -> Outcome:
    problem = error.document(current_request_id()).model_dump_json(exclude_unset=True)
    return {"status": error.status, "problem": orjson.Fragment(problem)}


def _read(
    query: object, shared: Mapping[str, object], picture_bytes: int
) -> tuple[Question, SearchParameters]:
    if not isinstance(query, dict):
        raise InvalidParameter("A query must be a JSON object.")
    own = {name: value for name, value in query.items() if name in _PARAMETERS}
    body = {name: value for name, value in query.items() if name not in _PARAMETERS}
    try:
        parameters = SearchParameters.model_validate({**shared, **own})
    except ValidationError as error:
        raise invalid(field_problems(error.errors())) from error
    return question_of_json(body, picture_bytes), parameters
