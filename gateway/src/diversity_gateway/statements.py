"""What a write's body says: the picture, its captions and metadata, or many pictures with their ids. Pure."""

from collections.abc import Iterator
from pathlib import PurePosixPath

from diversity_contracts.bodies import Body, FormBody, JsonBody, Part, PictureBody, parse_json_object
from diversity_contracts.image_ids import check_image_id
from diversity_contracts.problems import InvalidParameter, MalformedRequest, UnsupportedType
from diversity_gateway.annotations import check_captions, check_metadata
from diversity_gateway.ingest import Statement


def read_statement(body: Body) -> Statement:
    """One picture. Raises InvalidParameter, MalformedRequest, UnsupportedType."""
    if isinstance(body, PictureBody):
        return Statement(body.data)
    if isinstance(body, JsonBody):
        raise UnsupportedType(
            "A picture is stored from its own bytes or from multipart/form-data, not from JSON."
        )
    _refuse_others(body, {"image", "caption", "metadata"})
    images, captions, metadata = body.named("image"), body.named("caption"), body.named("metadata")
    if len(images) != 1:
        raise InvalidParameter(f"The form must have one part `image`; it has {len(images)}.")
    if len(metadata) > 1:
        raise InvalidParameter("The form may have one part `metadata`.")
    return Statement(
        data=images[0].data,
        captions=check_captions([part.text() for part in captions]) if captions else None,
        metadata=check_metadata(parse_json_object(metadata[0].data)) if metadata else None,
    )


def read_parts(body: Body) -> Iterator[tuple[Part, str | InvalidParameter]]:
    """The pictures of a batch, each with its id or with why its file name gives none."""
    if not isinstance(body, FormBody):
        raise UnsupportedType("Many pictures come as multipart/form-data with parts `image`.")
    _refuse_others(body, {"image"})
    if not body.parts:
        raise MalformedRequest("The form has no part `image`.")
    for part in body.parts:
        yield part, _id_or_reason(part.filename)


def id_from_file_name(name: str | None) -> str:
    """A part's relative path as an image id; raises InvalidParameter.

    >>> id_from_file_name("./birds/owl.png")
    'birds/owl.png'
    """
    if not name:
        raise InvalidParameter("The part has no file name to take an id from.")
    path = PurePosixPath(name)
    if path.is_absolute() or ".." in path.parts:
        raise InvalidParameter("A part's file name must be a relative path without `..`.")
    return check_image_id(path.as_posix())


def _id_or_reason(name: str | None) -> str | InvalidParameter:
    try:
        return id_from_file_name(name)
    except InvalidParameter as error:
        return error


def _refuse_others(body: FormBody, known: set[str]) -> None:
    for part in body.parts:
        if part.name not in known:
            raise InvalidParameter(
                f"`{part.name}` is not a part of this call; there is {', '.join(sorted(known))}."
            )
