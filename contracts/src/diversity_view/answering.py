"""How a query is answered: a place in the lane, the body within its limits, the work off the event loop."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from fastapi import Request, Response

from diversity_contracts.bodies import Body
from diversity_contracts.columns import COLUMNS_TYPE, pack_columns
from diversity_contracts.problems import ProblemError
from diversity_contracts.wire import Distances, Ranking, Similarities, TextRanking, Wire
from diversity_view.costs import cost_of
from diversity_view.generation import Engine
from diversity_view.parts import Parts
from diversity_view.reading import read_request

EngineT = TypeVar("EngineT", bound=Engine)
OptionsT = TypeVar("OptionsT")


def as_json(model: Wire) -> Response:
    """`model` as a reply; what was built without validation is written the same way."""
    return Response(model.model_dump_json(), media_type="application/json")


def in_form(model: Wire, accept: str) -> Response:
    """`model` in columns where the caller asks for that and the model is a list of neighbors."""
    if accept != COLUMNS_TYPE or not isinstance(model, Ranking | Distances | TextRanking | Similarities):
        return as_json(model)
    if isinstance(model, Distances) and model.pairwise is not None:  # there are no columns for these
        return as_json(model)
    return Response(pack_columns(model), media_type=COLUMNS_TYPE)


async def answer(
    request: Request,
    parts: Parts[EngineT],
    work: Callable[[EngineT, Body, int], Wire],
    *,
    cost: Callable[[Body], float] = cost_of,
) -> Response:
    """The reply to a query.

    Args:
        work: given the engine, the body and the most bytes that a picture in it may have; runs in the lane of
            the queries, as does writing the JSON, which takes milliseconds for a long list.
        cost: a guess at it, in the units of `costs`.

    Raises NotReady, TooManyRequests, what reading the body raises, and what `work` raises.
    """
    parts.serving.check_serves()
    with parts.queries.place():
        body = await read_request(request, parts.query_limits, parts.body_seconds)
        limit, accept = parts.query_limits.body_bytes, request.headers.get("accept", "")

        def reply() -> Response:
            # Taken when the turn has come, and held by the work itself: a caller may leave before it ends.
            with parts.serving.lease() as engine:
                return in_form(work(engine, body, limit), accept)

        return await parts.queries.run(reply, cost=cost(body))


@dataclass(frozen=True, slots=True)
class Item(Generic[OptionsT]):
    """One query of many: its body, the most bytes that a picture in it may have, what else was asked."""

    body: Body
    picture_bytes: int
    options: OptionsT
    accept: str


async def answer_together(
    request: Request,
    parts: Parts[EngineT],
    options: OptionsT,
    work: Callable[[EngineT, Sequence[Item[OptionsT]]], Iterable[tuple[int, Wire | ProblemError]]],
    *,
    cost: Callable[[Body], float] = cost_of,
) -> Response:
    """The reply to a query that is worked on with others of its kind, where such wait.

    Args:
        work: the same for all of a kind; each item's place and answer, as soon as it is there.
        cost: as in `answer`.

    Raises what `answer` does.
    """
    parts.serving.check_serves()
    with parts.queries.place():
        body = await read_request(request, parts.query_limits, parts.body_seconds)
        item = Item(body, parts.query_limits.body_bytes, options, request.headers.get("accept", ""))

        def replies(items: Sequence[Item[OptionsT]]) -> Iterator[tuple[int, Response | Exception]]:
            with parts.serving.lease() as engine:
                for place, found in work(engine, items):
                    accept = items[place].accept
                    yield place, found if isinstance(found, ProblemError) else in_form(found, accept)

        return await parts.queries.run_together(work, item, replies, cost=cost(body))
