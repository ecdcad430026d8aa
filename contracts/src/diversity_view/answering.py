"""How a query is answered: a place in the lane, the body within its limits, the work off the event loop."""

from collections.abc import Callable
from typing import TypeVar

from fastapi import Request, Response

from diversity_contracts.bodies import Body
from diversity_contracts.wire import Wire
from diversity_view.generation import Engine
from diversity_view.parts import Parts
from diversity_view.reading import read_request

EngineT = TypeVar("EngineT", bound=Engine)


def as_json(model: Wire) -> Response:
    """`model` as a reply; what was built without validation is written the same way."""
    return Response(model.model_dump_json(), media_type="application/json")


async def answer(
    request: Request, parts: Parts[EngineT], work: Callable[[EngineT, Body, int], Wire]
) -> Response:
    """The reply to a query.

    Args:
        work: given the engine, the body and the most bytes that a picture in it may have; runs in the lane of
            the queries, as does writing the JSON, which takes milliseconds for a long list.

    Raises NotReady, TooManyRequests, what reading the body raises, and what `work` raises.
    """
    parts.serving.check_serves()
    with parts.queries.place():
        body = await read_request(request, parts.query_limits, parts.body_seconds)
        limit = parts.query_limits.body_bytes

        def reply() -> Response:
            # Taken when the turn has come, and held by the work itself: a caller may leave before it ends.
            with parts.serving.lease() as engine:
                return as_json(work(engine, body, limit))

        return await parts.queries.run(reply)
