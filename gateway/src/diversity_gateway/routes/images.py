"""The catalogue's calls."""

from typing import Any

from anyio import to_thread
from fastapi import APIRouter, Response
from starlette.requests import Request

from diversity_contracts.problems import Conflict, ProblemError
from diversity_gateway.answering import describe
from diversity_gateway.answers import BatchOutcome, Image, ImagePage, PartOutcome, StoredImage
from diversity_gateway.cursor import decode_after, encode_after
from diversity_gateway.entries import Stored
from diversity_gateway.ingest import Statement
from diversity_gateway.lookups import find
from diversity_gateway.parameters import Content, Nothing, Page, Write
from diversity_gateway.parts import Parts, Wired
from diversity_gateway.request_context import current_request_id
from diversity_gateway.routes.documentation import BATCH_BODY, CONTENT, PUT_BODY, problems, shown
from diversity_gateway.routes.examples import ACCEPTED, IMAGE, PAGE, PARTS, STORED
from diversity_gateway.routes.requests import BatchBody, ImageIdInPath, QueryBody
from diversity_gateway.statements import read_parts, read_statement

router = APIRouter(tags=["catalogue"])
_WRITE = problems(400, 408, 413, 415, 422, 429, 507)
_READ = problems(404, 422)
_PUT: dict[int | str, dict[str, Any]] = {
    200: shown("Replaced, or there already; searchable.", STORED),
    201: {"model": StoredImage, **shown("New, and searchable.", STORED)},
    202: {
        "model": StoredImage,
        **shown("Accepted and durable, not yet searchable in every view.", ACCEPTED),
    },
}


@router.put(
    "/images/{image_id}",
    summary="Add or replace a picture",
    responses={**_PUT, **_WRITE},
    openapi_extra={"requestBody": PUT_BODY},
)
async def put_image(
    image_id: ImageIdInPath, body: QueryBody, parameters: Write, parts: Wired, response: Response
) -> StoredImage:
    """The picture is durable when this returns, and searchable too unless the status is 202.

    The same picture again changes nothing. A body without captions or metadata leaves them as they were if
    the picture is the same one, and clears them if it is another.
    """
    stored = await parts.ingest.put(image_id, read_statement(body))
    searchable = await parts.ingest.searchable(stored.seq, wait=parameters.wait)
    refused = parts.ingest.refused(image_id)
    searchable = searchable and len(refused) < len(parts.views)
    response.status_code = _status(stored, searchable=searchable)
    # As this write left it: somebody else may have deleted the picture since.
    return StoredImage(**describe(stored.entry).model_dump(), searchable=searchable, refused=refused)


@router.post(
    "/images",
    summary="Add many pictures",
    responses={200: shown("An outcome for each part, in the order sent.", PARTS), **_WRITE},
    openapi_extra={"requestBody": BATCH_BODY},
)
async def post_images(body: BatchBody, parameters: Write, parts: Wired) -> BatchOutcome:
    """Every part `image` is one picture; its file name, a relative path, is its id.

    Each part succeeds or fails by itself; the second of two parts with one id is refused with 409.
    """
    outcomes, taken, latest = list[PartOutcome](), set[str](), 0
    waiting = list[tuple[PartOutcome, Stored]]()
    for part, found in read_parts(body):
        outcome = PartOutcome(image_id=found if isinstance(found, str) else None, status=202)
        outcomes.append(outcome)
        result = await _put_part(parts, found, part.data, taken)
        if isinstance(result, ProblemError):
            outcome.status, outcome.problem = result.status, result.document(current_request_id())
        else:
            waiting.append((outcome, result))
            latest = max(latest, result.seq)
    searchable = await parts.ingest.searchable(latest, wait=parameters.wait)
    for outcome, stored in waiting:
        outcome.status = _status(stored, searchable=searchable)
    return BatchOutcome(results=outcomes)


@router.get(
    "/images",
    summary="List the catalogue",
    responses={200: shown("A page of the catalogue.", PAGE), **problems(422)},
)
async def list_images(parameters: Page, parts: Wired) -> ImagePage:
    """The catalogue by image_id. A picture that is there throughout appears exactly once over the pages."""
    after = "" if parameters.cursor is None else decode_after(parameters.cursor)
    entries, snapshot = await to_thread.run_sync(parts.catalogue.page, after, parameters.limit + 1)
    page = entries[: parameters.limit]
    return ImagePage(
        images=[describe(entry) for entry in page],
        next_cursor=encode_after(page[-1].image_id) if len(entries) > len(page) else None,
        catalogue_size=snapshot.size,
        version=snapshot.version,
    )


@router.get(
    "/images/{image_id}",
    summary="One picture's entry",
    responses={200: shown("The entry.", IMAGE), **_READ},
)
async def get_image(image_id: ImageIdInPath, parameters: Nothing, parts: Wired) -> Image:
    """What the catalogue knows of the picture."""
    return describe(await find(parts.catalogue, image_id))


@router.get(
    "/images/{image_id}/content",
    summary="A picture's bytes",
    response_class=Response,
    responses={**CONTENT, **_READ},
)
async def get_content(
    image_id: ImageIdInPath, parameters: Content, parts: Wired, request: Request
) -> Response:
    """The bytes as they came, or a small upright JPEG of them. To be asked again with `If-None-Match`."""
    picture = (await find(parts.catalogue, image_id)).present
    thumb = parameters.size == "thumb"
    etag = f'"{picture.content_hash}{"-thumb" if thumb else ""}"'
    # The id may point to other bytes tomorrow, so a copy is kept but asked about each time; a 304 has no
    # body. Opened by itself, a stored picture may load nothing and run nothing.
    headers = {
        "ETag": etag,
        "Cache-Control": "private, no-cache",
        "Content-Security-Policy": "default-src 'none'; sandbox",
        "Content-Disposition": "inline",
    }
    known = {tag.strip().removeprefix("W/") for tag in request.headers.get("if-none-match", "").split(",")}
    if etag in known or "*" in known:
        return Response(status_code=304, headers=headers)
    if thumb:
        return Response(await parts.ingest.thumbnail(picture.content_hash), 200, headers, "image/jpeg")
    return Response(await parts.ingest.content(picture.content_hash), 200, headers, picture.media_type)


@router.delete(
    "/images/{image_id}",
    status_code=204,
    summary="Take a picture out",
    responses=problems(404, 422, 429, 507),
)
async def delete_image(image_id: ImageIdInPath, parameters: Write, parts: Wired) -> None:
    """It is in no answer from now on; with `wait`, also not counted in percentiles any more."""
    seq = await parts.ingest.delete(image_id)
    await parts.ingest.searchable(seq, wait=parameters.wait)


async def _put_part(
    parts: Parts, found: str | ProblemError, data: bytes, taken: set[str]
) -> Stored | ProblemError:
    """One part of a batch; its failure is its result, not the batch's."""
    if isinstance(found, ProblemError):
        return found
    if found in taken:
        return Conflict(f"An earlier part of this request has the id {found!r} too.")
    taken.add(found)
    return await parts.ingest.attempt(found, Statement(data))


def _status(stored: Stored, *, searchable: bool) -> int:
    if not searchable:
        return 202
    return 201 if stored.created else 200
