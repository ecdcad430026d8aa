"""`/projection`: the catalogue's map."""

import zlib
from typing import Any

from anyio import to_thread
from fastapi import APIRouter, Request, Response

from diversity_contracts.bodies import PictureBody
from diversity_contracts.places import Place, Places
from diversity_contracts.problems import UnsupportedType
from diversity_gateway.parameters import Nothing
from diversity_gateway.parts import Wired
from diversity_gateway.routes.documentation import BINARY, PICTURE_TYPES, problems, shown
from diversity_gateway.routes.requests import QueryBody

router = APIRouter(tags=["projection"])
GZIP = 16 + zlib.MAX_WBITS
FASTEST = 1  # 100,000 ids in 30 ms; the better levels take three times as long for a fifth less
PLACES = {
    "image_ids": ["animals/birds/owl", "vehicles/road/fire_engine"],
    "points": "ZgYAQJr5AMA=",
    "artifact": "drml-20261123T194816Z",
    "count": 2,
    "applied": 2,
}
PLACE = {"x": 0.1, "y": 1.0, "artifact": "drml-20261123T194816Z"}
PICTURE: dict[str, Any] = {
    "required": True,
    "description": "The picture.",
    "content": dict.fromkeys(PICTURE_TYPES, BINARY),
}


@router.get(
    "/projection",
    summary="The catalogue's map",
    response_model=Places,  # for the document: the reply is bytes already
    responses={200: shown("Where each picture lies.", PLACES), **problems(404, 422, 503)},
)
async def projection(request: Request, parameters: Nothing, parts: Wired) -> Response:
    """Where each indexed picture lies in the plane, like ones near each other: for drawing, not for ranking.
    404 where the artifact that serves has no map."""
    raw = await parts.atlas.places()
    headers = {"Vary": "Accept-Encoding"}
    if "gzip" in request.headers.get("accept-encoding", ""):
        raw, headers["Content-Encoding"] = await to_thread.run_sync(_packed, raw), "gzip"
    return Response(raw, media_type="application/json", headers=headers)


@router.post(
    "/projection",
    summary="A picture on the catalogue's map",
    responses={200: shown("Where it lies.", PLACE), **problems(400, 404, 408, 413, 415, 422, 429, 503)},
    openapi_extra={"requestBody": PICTURE},
)
async def place(body: QueryBody, parameters: Nothing, parts: Wired) -> Place:
    """Where a picture that is not in the catalogue would lie on `GET /projection`; it is not kept."""
    if not isinstance(body, PictureBody):
        raise UnsupportedType("Send a picture as the body.")
    return await parts.atlas.place(body.data)


def _packed(raw: bytes) -> bytes:
    squeeze = zlib.compressobj(FASTEST, wbits=GZIP)
    return squeeze.compress(raw) + squeeze.flush()
