"""What a search's body asks: a picture or a catalogue picture's id, what to leave out. Pure."""

from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from diversity_contracts.bodies import Body, FormBody, JsonBody, PictureBody, decode_base64
from diversity_contracts.pictures import content_hash
from diversity_contracts.problems import InvalidParameter
from diversity_contracts.wire import ImageId
from diversity_gateway.annotations import check_filter
from diversity_gateway.entries import Filter
from diversity_gateway.parameters import MAX_EXCLUDED
from diversity_gateway.problem_handlers import field_problems, invalid
from diversity_gateway.views import ViewQuery


class JsonQuestion(BaseModel):
    """A query in JSON: `image_id` or `image_base64`."""

    model_config = ConfigDict(extra="forbid", strict=True)

    image_id: ImageId | None = Field(default=None, description="A picture of the catalogue.")
    image_base64: str | None = Field(default=None, description="A picture's bytes in base64.")
    exclude: list[ImageId] = Field(
        default=[], max_length=MAX_EXCLUDED, description="Ids never to return, at most 10,000."
    )
    filter: dict[str, Any] | None = Field(
        default=None,
        description="Only pictures whose metadata has each key, with the value or one of the values.",
        examples=[{"class": "fish"}, {"class": ["fish", "birds"]}],
    )


@dataclass(frozen=True, slots=True)
class Question:
    """A search's body, understood. `identity` tells two questions apart."""

    query: ViewQuery
    exclude: frozenset[str]
    filter: Filter | None
    identity: str


def read_question(body: Body, max_picture_bytes: int) -> Question:
    """Raises InvalidParameter, TooLarge."""
    if isinstance(body, PictureBody):
        return _of_picture(body.data)
    if isinstance(body, FormBody):
        images = body.named("image")
        if others := [part.name for part in body.parts if part.name != "image"]:
            raise InvalidParameter(f"`{others[0]}` is not a part of this call; there is `image`.")
        if len(images) != 1:
            raise InvalidParameter(f"The form must have one part `image`; it has {len(images)}.")
        return _of_picture(images[0].data)
    return _of_json(body, max_picture_bytes)


def _of_picture(data: bytes) -> Question:
    if not data:
        raise InvalidParameter("The picture has no bytes.")
    return Question(ViewQuery(data), frozenset(), None, content_hash(data))


def _of_json(body: JsonBody, max_picture_bytes: int) -> Question:
    try:
        asked = JsonQuestion.model_validate(body.value)
    except ValidationError as error:
        found = [{**detail, "loc": ("body", *detail["loc"])} for detail in error.errors()]
        raise invalid(field_problems(found)) from error
    if (asked.image_id is None) == (asked.image_base64 is None):
        raise InvalidParameter("The query must have `image_id` or `image_base64`, and not both.")
    picture = None
    if asked.image_base64 is not None:
        picture = decode_base64(asked.image_base64, what="image_base64", limit=max_picture_bytes)
    wanted = None if asked.filter is None else check_filter(asked.filter)
    return Question(
        query=ViewQuery(picture, asked.image_id),
        exclude=frozenset(asked.exclude),
        filter=wanted,
        identity="\x00".join(
            [
                asked.image_id or content_hash(picture or b""),
                "id" if asked.image_id else "picture",
                repr(sorted((wanted or {}).items())),
                *sorted(asked.exclude),
            ]
        ),
    )
