"""Reading a request: its body within the limits, its image id from the path."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated

from fastapi import Depends, Path
from starlette.requests import Request

from diversity_contracts.bodies import Body, Limits, read_body
from diversity_gateway.image_path import decode_segment
from diversity_gateway.pace import paced
from diversity_gateway.parts import Parts, Wired

JSON_OVERHEAD = 1024 * 1024  # beside a picture in base64: excluded ids and a filter


async def query_body(request: Request, parts: Wired) -> AsyncIterator[Body]:
    """A body that holds at most one picture."""
    async with held(request, parts, query_limits(parts)) as body:
        yield body


async def queries_body(request: Request, parts: Wired) -> AsyncIterator[Body]:
    """A body of JSON that may hold many pictures in base64."""
    limit = parts.limits.batch_bytes
    limits = Limits(body_bytes=limit, part_bytes=parts.limits.body_bytes, parts=1, json_bytes=limit)
    async with held(request, parts, limits) as body:
        yield body


async def batch_body(request: Request, parts: Wired) -> AsyncIterator[Body]:
    """A body that holds many pictures."""
    limits = Limits(body_bytes=parts.limits.batch_bytes, part_bytes=parts.limits.body_bytes, parts=1_000)
    async with held(request, parts, limits) as body:
        yield body


def query_limits(parts: Parts) -> Limits:
    """Of a body that holds at most one picture."""
    limit = parts.limits.body_bytes
    return Limits(
        body_bytes=limit + JSON_OVERHEAD,
        part_bytes=limit,
        parts=64,
        json_bytes=limit * 4 // 3 + JSON_OVERHEAD,
    )


@asynccontextmanager
async def held(request: Request, parts: Parts, limits: Limits) -> AsyncIterator[Body]:
    """The body, its bytes counted against the lane's budget until the reply is made, then a turn."""
    claimed, lane = 0, parts.lane(request.method, request.scope["path"])

    async def counted() -> AsyncIterator[bytes]:
        nonlocal claimed
        async for piece in paced(request.stream(), parts.limits.grace_s):
            lane.budget.take(len(piece))
            claimed += len(piece)
            yield piece

    try:
        headers = request.headers
        body = await read_body(headers.get("content-type"), headers.get("content-length"), counted(), limits)
        async with lane.turn():
            yield body
    finally:
        lane.budget.give_back(claimed)


async def image_id(
    image_id: Annotated[
        str,
        Path(
            description="The picture's id: 1 to 256 bytes of text without control characters, "
            "percent-encoded. Slashes may be sent as they are.",
            examples=["animals%2Ffish%2Fcoraltrout"],
        ),
    ],
) -> str:
    """The decoded id; raises InvalidParameter."""
    return decode_segment(image_id)


QueryBody = Annotated[Body, Depends(query_body)]
QueriesBody = Annotated[Body, Depends(queries_body)]
BatchBody = Annotated[Body, Depends(batch_body)]
ImageIdInPath = Annotated[str, Depends(image_id)]
