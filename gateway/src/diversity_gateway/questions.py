"""What a search's body asks: a picture, a catalogue picture's id, a history; what to leave out. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

import orjson
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from diversity_contracts.bodies import Body, FormBody, JsonBody, PictureBody, decode_base64
from diversity_contracts.image_ids import ImageId
from diversity_contracts.pictures import content_hash
from diversity_contracts.problems import InvalidParameter, UnsupportedType
from diversity_contracts.wire import MAX_HISTORY
from diversity_gateway.annotations import check_filter
from diversity_gateway.entries import Filter
from diversity_gateway.histories import SeenPicture, newest
from diversity_gateway.parameters import MAX_EXCLUDED
from diversity_gateway.problem_handlers import field_problems, invalid
from diversity_gateway.views import Member, ViewQuery

UserId = ImageId  # the same rule: 1 to 256 bytes of text without control characters
Model = TypeVar("Model", bound=BaseModel)
_FORMS = ("image_id", "image_base64", "history", "user_id")


class HistoryItem(BaseModel):
    """A picture that somebody saw."""

    model_config = ConfigDict(extra="forbid", strict=True)

    image_id: ImageId
    weight: float = Field(
        default=1.0,
        gt=0,
        le=1,
        description="Distances from it are divided by this: the lighter, the less it keeps away.",
    )


class HistoryList(BaseModel):
    """Pictures that somebody saw, the newest last."""

    model_config = ConfigDict(extra="forbid", strict=True)

    history: list[HistoryItem] = Field(
        min_length=1, max_length=10 * MAX_HISTORY, description="Pictures, the newest last; 1,000 are kept."
    )


class JsonQuestion(BaseModel):
    """A query in JSON: exactly one of `image_id`, `image_base64`, `history` and `user_id`."""

    model_config = ConfigDict(extra="forbid", strict=True)

    image_id: ImageId | None = Field(default=None, description="A picture of the catalogue.")
    image_base64: str | None = Field(default=None, description="A picture's bytes in base64.")
    history: list[HistoryItem] | None = Field(
        default=None,
        min_length=1,
        max_length=10 * MAX_HISTORY,
        description="What was seen, the newest last; the last 1,000 count. Pictures that the catalogue does "
        "not have are named in the answer's `query.missing`.",
        examples=[[{"image_id": "fish/trout"}, {"image_id": "fish/salmon", "weight": 0.5}]],
    )
    user_id: UserId | None = Field(
        default=None, description="Whose kept history is meant; what was seen longer ago weighs less."
    )
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
    """A search's body, understood. `identity` tells two questions apart.

    `query` is None where a history is meant: `history`, or the kept one of `user_id`.
    """

    query: ViewQuery | None
    exclude: frozenset[str]
    filter: Filter | None
    identity: str
    history: tuple[SeenPicture, ...] = ()
    user_id: str | None = None


def read_question(body: Body, max_picture_bytes: int) -> Question:
    """Raises InvalidParameter, TooLarge."""
    if isinstance(body, PictureBody):
        return _of_pictures([body.data])
    if isinstance(body, FormBody):
        images = body.named("image")
        if others := [part.name for part in body.parts if part.name != "image"]:
            raise InvalidParameter(f"`{others[0]}` is not a part of this call; there is `image`.")
        if not images:
            raise InvalidParameter("The form must have a part `image`; it has none.")
        return _of_pictures([part.data for part in images])
    return question_of_json(body.value, max_picture_bytes)


def _validated(model: type[Model], value: Mapping[str, object]) -> Model:
    try:
        return model.model_validate(value)
    except ValidationError as error:
        found = [{**detail, "loc": ("body", *detail["loc"])} for detail in error.errors()]
        raise invalid(field_problems(found)) from error


def _of_pictures(pictures: list[bytes]) -> Question:
    """One is a query, several are a history of equal weights; the same one again changes nothing."""
    if not all(pictures):
        raise InvalidParameter("The picture has no bytes.")
    distinct = {content_hash(data): ViewQuery(data) for data in pictures}
    identity = "\x00".join(["pictures", *distinct])
    queries = list(distinct.values())
    query = queries[0] if len(queries) == 1 else ViewQuery(history=tuple(map(Member, queries)))
    return Question(query, frozenset(), None, identity)


def read_history(body: Body) -> list[HistoryItem]:
    """Pictures to keep: `{"history": [...]}`, or one as `{"image_id": ...}`. Raises InvalidParameter."""
    if not isinstance(body, JsonBody):
        raise UnsupportedType("A history comes as JSON.")
    if "history" in body.value:
        return list(_validated(HistoryList, body.value).history)
    return [_validated(HistoryItem, body.value)]


def question_of_json(value: Mapping[str, object], max_picture_bytes: int) -> Question:
    """A question in JSON. Raises InvalidParameter, TooLarge."""
    asked = _validated(JsonQuestion, value)
    given = [name for name in _FORMS if getattr(asked, name) is not None]
    if len(given) != 1:
        raise InvalidParameter(
            "The query must have exactly one of " + ", ".join(f"`{n}`" for n in _FORMS) + "."
        )
    wanted = None if asked.filter is None else check_filter(asked.filter)
    query, history = None, tuple[SeenPicture, ...]()
    if asked.image_base64 is not None:
        picture = decode_base64(asked.image_base64, what="image_base64", limit=max_picture_bytes)
        subject = content_hash(picture)
        query = ViewQuery(picture)
    elif asked.image_id is not None:
        subject, query = asked.image_id, ViewQuery(image_id=asked.image_id)
    elif asked.history is not None:
        history = tuple(newest(SeenPicture(item.image_id, item.weight) for item in asked.history))
        subject = orjson.dumps([[one.image_id, one.weight] for one in history]).decode()
    else:
        subject = asked.user_id or ""
    identity = [given[0], subject, repr(sorted((wanted or {}).items())), *sorted(asked.exclude)]
    return Question(
        query=query,
        exclude=frozenset(asked.exclude),
        filter=wanted,
        identity="\x00".join(identity),
        history=history,
        user_id=asked.user_id,
    )
