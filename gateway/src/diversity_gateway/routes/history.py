"""What users saw: `/users/{user_id}/history`."""

from datetime import UTC, datetime
from typing import Annotated

from anyio import to_thread
from fastapi import APIRouter, Depends, Path, Response

from diversity_contracts.problems import UnknownId
from diversity_gateway.answers import KeptHistory, SeenEntry, StoredHistory
from diversity_gateway.histories import SeenPicture, newest
from diversity_gateway.image_path import decode_segment
from diversity_gateway.parameters import Nothing
from diversity_gateway.parts import Wired
from diversity_gateway.questions import read_history
from diversity_gateway.routes.documentation import problems, shown
from diversity_gateway.routes.examples import KEPT_HISTORY, STORED_HISTORY
from diversity_gateway.routes.requests import QueryBody
from diversity_gateway.routes.search_documentation import HISTORY_BODY

router = APIRouter(tags=["history"])


async def _user_id(
    user_id: Annotated[
        str,
        Path(
            description="Any text of 1 to 256 bytes without control characters, percent-encoded.",
            examples=["user-17"],
        ),
    ],
) -> str:
    return decode_segment(user_id, what="user id")


UserInPath = Annotated[str, Depends(_user_id)]


@router.post(
    "/users/{user_id}/history",
    summary="Add what a user saw",
    responses={
        200: shown("Kept.", STORED_HISTORY),
        **problems(400, 404, 408, 413, 415, 422, 429, 507),
    },
    openapi_extra={"requestBody": HISTORY_BODY},
)
async def add_history(
    user_id: UserInPath, body: QueryBody, parameters: Nothing, parts: Wired
) -> StoredHistory:
    """Append pictures, the newest last; one that is there already becomes the newest, with the weight it is
    sent with. 1,000 are kept.

    Durable when this returns. Pictures that the catalogue does not have are left out and named; 404 when it
    has none of them.
    """
    items = read_history(body)
    wanted = [item.image_id for item in items]
    there = (await to_thread.run_sync(parts.catalogue.lookup, wanted)).entries
    if not there:
        raise UnknownId("The catalogue has none of these pictures.")
    now = datetime.now(UTC).isoformat(timespec="milliseconds")
    known = newest(SeenPicture(item.image_id, item.weight, now) for item in items if item.image_id in there)
    count = await parts.histories.add(user_id, known)
    missing = list(dict.fromkeys(name for name in wanted if name not in there))
    return StoredHistory(user_id=user_id, added=len(known), count=count, missing=missing)


@router.get(
    "/users/{user_id}/history",
    summary="What a user saw",
    responses={200: shown("What is kept.", KEPT_HISTORY), **problems(422)},
)
async def get_history(user_id: UserInPath, parameters: Nothing, parts: Wired) -> KeptHistory:
    """The kept pictures, the newest last; empty for a user of whom nothing is kept."""
    seen = await parts.histories.read(user_id)
    entries = [SeenEntry(image_id=one.image_id, weight=one.weight, seen=one.seen) for one in seen]
    return KeptHistory(user_id=user_id, count=len(entries), history=entries)


@router.delete(
    "/users/{user_id}/history",
    summary="Forget what a user saw",
    status_code=204,
    response_class=Response,
    responses=problems(422, 429, 507),
)
async def delete_history(user_id: UserInPath, parameters: Nothing, parts: Wired) -> Response:
    """Nothing of the user is kept afterwards."""
    await parts.histories.clear(user_id)
    return Response(status_code=204)
