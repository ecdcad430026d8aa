"""Reading a request: its body within limits and time, and no parameter that the call does not have."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

from fastapi import Request

from diversity_contracts.bodies import Body, Limits, read_body
from diversity_contracts.problems import FieldProblem, InvalidParameter, SlowBody


async def read_request(request: Request, limits: Limits, seconds: float) -> Body:
    """The body of `request`.

    Raises what `read_body` raises, and SlowBody after `seconds`.
    """
    content_type, content_length = request.headers.get("content-type"), request.headers.get("content-length")
    try:
        async with asyncio.timeout(seconds):
            return await read_body(content_type, content_length, request.stream(), limits)
    except TimeoutError as error:
        raise SlowBody(f"The body did not arrive within {seconds:g} seconds.") from error


def only(*names: str) -> Callable[[Request], Coroutine[Any, Any, None]]:
    """A dependency that refuses every query parameter but `names`: a typing error is told, not ignored."""

    async def check(request: Request) -> None:
        if unknown := sorted(set(request.query_params) - set(names)):
            errors = [
                FieldProblem(location=f"query.{name}", detail="Not a parameter of this call.")
                for name in unknown
            ]
            raise InvalidParameter(f"{unknown[0]!r} is not a parameter of this call.", errors=errors)

    return check
