"""The three body forms of a query, turned into what an engine takes."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from diversity_contracts.bodies import Body, FormBody, JsonBody, PictureBody, decode_base64
from diversity_contracts.problems import (
    Conflict,
    FieldProblem,
    InvalidParameter,
    MalformedRequest,
    UnsupportedType,
)
from diversity_contracts.wire import ChangeBatch, Seen, ViewQuery

Model = TypeVar("Model", bound=BaseModel)
Asked = TypeVar("Asked", bound=ViewQuery)
MAX_LISTED_ERRORS = 20
_QUERY_FIELDS = ("image_id", "image_base64", "representation", "history")


@dataclass(frozen=True, slots=True)
class ById:
    """A query by an indexed picture."""

    image_id: str


@dataclass(frozen=True, slots=True)
class ByPicture:
    """A query by a picture's bytes."""

    data: bytes


@dataclass(frozen=True, slots=True)
class ByRepresentation:
    """A query by what an earlier reply gave as its representation, and the generation of that reply."""

    representation: str
    generation: str | None = None

    def check(self, generation: str) -> None:
        """Raises Conflict when another generation than `generation` gave the representation."""
        if self.generation not in (None, generation):
            raise Conflict(f"The representation is one of {self.generation}; {generation} serves.")


@dataclass(frozen=True, slots=True)
class ByHistory:
    """A query by many pictures at once, each with its weight in (0, 1].

    How far a picture is from them is the least of D(h, x) ÷ w over them.
    """

    seen: tuple[tuple[ById | ByRepresentation, float], ...]


Single = ById | ByPicture | ByRepresentation
Query = Single | ByHistory


def one_of(query: Query) -> Single:
    """`query` where one picture is meant. Raises InvalidParameter for a history."""
    if isinstance(query, ByHistory):
        raise InvalidParameter("This call takes one picture, no history.")
    return query


def query_of(body: Body, *, picture_bytes: int) -> Query:
    """The query in `body`. Raises InvalidParameter, MalformedRequest or TooLarge."""
    match body:
        case PictureBody(data):
            return ByPicture(data)
        case FormBody():
            _only_parts(body, {"image"})
            return ByPicture(_one_part(body, "image"))
        case JsonBody(value):
            return _json_query(validated(ViewQuery, value), picture_bytes)


def listing_of(
    model: type[Asked],
    body: Body,
    *,
    image_ids: Sequence[str],
    picture_bytes: int,
    options: Mapping[str, object] = MappingProxyType({}),
) -> tuple[Query, Asked]:
    """The query in `body`, and what is asked beside it: the ids to measure, and other fields of `model`.

    Args:
        image_ids, options: the query parameters that were given. They go with a picture sent as body; a form
            may carry further ids as its part `image_ids`; JSON carries all of it itself.
    """
    match body:
        case PictureBody(data):
            return ByPicture(data), validated(model, {"image_ids": list(image_ids), **options})
        case FormBody():
            _only_parts(body, {"image", "image_ids"})
            listed = [*image_ids, *(_id_list(body) if body.named("image_ids") else ())]
            asked = validated(model, {"image_ids": listed, **options})
            return ByPicture(_one_part(body, "image")), asked
        case JsonBody(value):
            if image_ids or options:
                names = " and ".join(
                    f"`{name}`" for name in model.model_fields if name not in ViewQuery.model_fields
                )
                raise InvalidParameter(f"A JSON body carries {names} itself.")
            asked = validated(model, value)
            return _json_query(asked, picture_bytes), asked


def json_of(model: type[Model], body: Body) -> Model:
    """`body` as `model`, where only JSON will do. Raises InvalidParameter or UnsupportedType."""
    if not isinstance(body, JsonBody):
        raise UnsupportedType("This call takes JSON.")
    return validated(model, body.value)


def batch_of(body: Body) -> tuple[ChangeBatch, dict[str, bytes]]:
    """The changes in `body`, and the pictures sent with them by content hash."""
    if not isinstance(body, FormBody):
        raise MalformedRequest("Changes are sent as multipart/form-data with a part `changes`.")
    _only_parts(body, {"changes", "picture"})
    batch = _validated_json(ChangeBatch, _one_part(body, "changes"))
    pictures = {part.filename: part.data for part in body.named("picture") if part.filename}
    if len(pictures) != len(body.named("picture")):
        raise InvalidParameter("Every part `picture` has its content hash as file name, each once.")
    return batch, pictures


def validated(model: type[Model], value: object) -> Model:
    """`value` as `model`. Raises InvalidParameter that lists the fields at fault."""
    try:
        return model.model_validate(value)
    except ValidationError as error:
        raise _invalid(error) from error


def _validated_json(model: type[Model], data: bytes) -> Model:
    try:
        return model.model_validate_json(data)
    except ValidationError as error:
        raise _invalid(error) from error


def _invalid(error: ValidationError) -> InvalidParameter:
    problems = [
        FieldProblem(location=".".join(["body", *map(str, item["loc"])]), detail=item["msg"])
        for item in error.errors(include_url=False, include_input=False)[:MAX_LISTED_ERRORS]
    ]
    first = problems[0]
    return InvalidParameter(f"{first.location}: {first.detail}", errors=problems)


def _json_query(asked: ViewQuery, picture_bytes: int) -> Query:
    given = [name for name in _QUERY_FIELDS if getattr(asked, name) is not None]
    if len(given) != 1:
        raise InvalidParameter(
            "A query has exactly one of `image_id`, `image_base64`, `representation` and `history`."
        )
    if asked.history is not None:
        return ByHistory(tuple((_seen(one, asked.artifact), one.weight) for one in asked.history))
    if asked.image_id is not None:
        return ById(asked.image_id)
    if asked.representation is not None:
        return ByRepresentation(asked.representation, asked.artifact)
    return ByPicture(decode_base64(asked.image_base64 or "", what="image_base64", limit=picture_bytes))


def _seen(one: Seen, generation: str | None) -> ById | ByRepresentation:
    if one.representation is None:
        return ById(one.image_id or "")
    return ByRepresentation(one.representation, generation)


def _only_parts(body: FormBody, names: set[str]) -> None:
    if unknown := sorted({part.name for part in body.parts} - names):
        raise InvalidParameter(f"{unknown[0]!r} is not a part of this form.")


def _one_part(body: FormBody, name: str) -> bytes:
    parts = body.named(name)
    if len(parts) != 1:
        raise InvalidParameter(f"The form has {len(parts)} parts `{name}` instead of one.")
    return parts[0].data


def _id_list(body: FormBody) -> list[object]:
    try:
        listed = json.loads(_one_part(body, "image_ids"))
    except (ValueError, RecursionError) as error:
        raise InvalidParameter("The part `image_ids` is not a JSON list.") from error
    if not isinstance(listed, list):
        raise InvalidParameter("The part `image_ids` is not a JSON list.")
    return listed
