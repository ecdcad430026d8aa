"""A search in the gateway's terms: query parameters, and one of the bodies it reads. Pure but for files."""

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, TypedDict, cast

from diversity_client.errors import Misused
from diversity_client.pictures import Picture, media_type, read_picture

FilterValue = str | int | float | bool
Seen = str | tuple[str, float]
"""A picture that somebody saw: its id, or the id with a weight in (0, 1]."""
Parameters = tuple[tuple[str, str], ...]
Upload = tuple[str, tuple[str | None, bytes, str]]
"""A part of a form: its name; file name, bytes, media type."""
_FORMS = ("image_id", "image", "images", "history", "user_id")


class SearchOptions(TypedDict, total=False):
    """How to search. What is left out, the gateway decides.

    n: pictures, 1..100 · views: which rank · weights: of each view · band: least and largest divergence, 0..1
    · raw: the plain farthest · diversity: 0..1 · candidates_limit: its pool, at least 10·n ·
    near_duplicates: of pictures that are practically the same one, or all · include_blank: pictures of one
    colour too · strict: a missing view is an error · exclude: ids never to return · cursor: the next page.
    """

    n: int
    views: Sequence[str]
    weights: Mapping[str, float]
    band: tuple[float, float]
    raw: bool
    diversity: float
    candidates_limit: int
    near_duplicates: Literal["collapse", "keep"]
    include_blank: bool
    strict: bool
    exclude: Sequence[str]
    cursor: str


class Question(SearchOptions, total=False):
    """A search: exactly one of the first five, with any of the options.

    image_id: a picture of the catalogue · image: bytes, or a path · images: several, a history of equal
    weights · history: ids, or (id, weight), the newest last · user_id: whose kept history · filter: metadata
    that a result must have, a value or several to choose from.
    """

    image_id: str
    image: Picture
    images: Sequence[Picture]
    history: Sequence[Seen]
    user_id: str
    filter: Mapping[str, FilterValue | Sequence[FilterValue]]


@dataclass(frozen=True, slots=True)
class Body:
    """What is sent: JSON, or bytes of a type, or a form."""

    json: object = None
    content: bytes | None = None
    content_type: str | None = None
    files: Sequence[Upload] | None = None


def ask(question: Question) -> tuple[Parameters, Body]:
    """The query parameters and the body of one search. Raises Misused."""
    form = _form_of(question)
    if form == "images":
        if "filter" in question:
            raise Misused("`filter` cannot go with several pictures; the gateway reads it in JSON only.")
        pictures = [read_picture(picture) for picture in question["images"]]
        files = [_upload(str(place), data) for place, data in enumerate(pictures)]
        return parameters(question), Body(files=files)
    # Excluded ids may be thousands, too many for an address.
    if form == "image" and not question.get("filter") and not question.get("exclude"):
        data = read_picture(question["image"])
        return parameters(question), Body(content=data, content_type=media_type(data))
    own = parameters(cast(SearchOptions, {**question, "exclude": ()}))
    return own, Body(json=_json_of(question, form))


def ask_many(questions: Sequence[Question]) -> Body:
    """The body of many searches. Raises Misused."""
    queries = []
    for question in questions:
        form = _form_of(question)
        if form == "images":
            raise Misused("Several pictures as one query cannot be one of many; ask it alone.")
        # Typed by the gateway as it types an address's parameters, so texts do.
        own = dict(parameters(cast(SearchOptions, {**question, "exclude": ()})))
        queries.append({**_json_of(question, form), **own})
    return Body(json={"queries": queries})


def parameters(options: SearchOptions) -> Parameters:
    """The options as an address carries them, in the order of the class."""
    found: list[tuple[str, str]] = []
    for name in SearchOptions.__annotations__:
        if name not in options:
            continue
        value = cast(Mapping[str, object], options)[name]
        if name == "exclude":
            found += [("exclude", image_id) for image_id in options["exclude"]]
        elif name == "views":
            found.append((name, ",".join(options["views"])))
        elif name == "weights":
            weights = options["weights"].items()
            found.append((name, ",".join(f"{view}:{_decimal(weight)}" for view, weight in weights)))
        elif name == "band":
            low, high = options["band"]
            found.append((name, f"{_decimal(low)}-{_decimal(high)}"))
        elif isinstance(value, bool):
            found.append((name, "true" if value else "false"))
        else:
            found.append((name, str(value)))
    return tuple(found)


def seen_entries(seen: Sequence[Seen]) -> list[dict[str, object]]:
    """A history as the gateway reads it."""
    pairs = [(entry, 1.0) if isinstance(entry, str) else entry for entry in seen]
    return [{"image_id": image_id, "weight": float(weight)} for image_id, weight in pairs]


def _form_of(question: Question) -> str:
    given = [form for form in _FORMS if form in question]
    if len(given) != 1:
        raise Misused(f"A search has exactly one of {', '.join(_FORMS)}; this one has {given or 'none'}.")
    return given[0]


def _json_of(question: Question, form: str) -> dict[str, object]:
    body: dict[str, object]
    if form == "image":
        body = {"image_base64": base64.b64encode(read_picture(question["image"])).decode()}
    elif form == "history":
        body = {"history": seen_entries(question["history"])}
    else:
        body = {form: cast(Mapping[str, object], question)[form]}
    if excluded := question.get("exclude"):
        body["exclude"] = list(excluded)
    if wanted := question.get("filter"):
        plain = (str, int, float, bool)
        body["filter"] = {
            key: value if isinstance(value, plain) else list(value) for key, value in wanted.items()
        }
    return body


def _decimal(value: float) -> str:
    """Without an exponent, which the gateway's `0.7` and `0.80-0.95` have no place for."""
    return f"{value:.12f}".rstrip("0").rstrip(".")


def _upload(name: str, data: bytes) -> Upload:
    return "image", (name, data, media_type(data))
