"""Every call of the gateway's API as a value, ready to be sent by either client. Pure but for files."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, Literal, TypeVar
from urllib.parse import quote

import httpx
from pydantic import BaseModel

from diversity_client.answers import (
    Answer,
    BatchOutcome,
    Health,
    Image,
    ImagePage,
    KeptHistory,
    Metadata,
    Mode,
    Place,
    Places,
    SearchOutcomes,
    Stats,
    StoredHistory,
    StoredImage,
)
from diversity_client.asking import (
    Body,
    Parameters,
    Question,
    SearchOptions,
    Seen,
    Upload,
    ask,
    ask_many,
    parameters,
    seen_entries,
)
from diversity_client.errors import Misused
from diversity_client.pictures import Picture, media_type, read_picture

T = TypeVar("T")
Model = TypeVar("Model", bound=BaseModel)
_NOTHING = Body()


@dataclass(frozen=True, slots=True)
class Call(Generic[T]):
    """One call.

    Attributes:
        read: what the reply's body says.
        repeatable: made twice, it leaves the same behind as made once.
        removes: after a reply that was lost, 404 means that it was done.
    """

    method: str
    path: str
    read: Callable[[httpx.Response], T]
    parameters: Parameters
    body: Body = _NOTHING
    repeatable: bool = True
    removes: bool = False


def search(mode: Mode, question: Question) -> Call[Answer]:
    """One search. Raises Misused."""
    asked, body = ask(question)
    return Call("POST", f"/{mode}", _model(Answer), asked, body)


def search_many(mode: Mode, questions: Sequence[Question], shared: SearchOptions) -> Call[SearchOutcomes]:
    """Up to 100 searches; `shared` holds where a question says nothing. Raises Misused."""
    return Call("POST", f"/{mode}:batch", _model(SearchOutcomes), parameters(shared), ask_many(questions))


def put_image(
    image_id: str,
    image: Picture,
    captions: Sequence[str] | None,
    metadata: Metadata | None,
    wait: bool,
) -> Call[StoredImage]:
    """Add or replace. None leaves captions or metadata as they are for the same picture. Raises Misused."""
    data = read_picture(image)
    if captions is None and metadata is None:
        body = Body(content=data, content_type=media_type(data))
    else:
        # No captions at all are said by an empty one, which the gateway leaves out.
        said = None if captions is None else (list(captions) or [""])
        files: list[Upload] = [("image", ("image", data, media_type(data)))]
        files += [("caption", (None, text.encode(), "text/plain; charset=utf-8")) for text in said or ()]
        if metadata is not None:
            files.append(("metadata", (None, json.dumps(metadata).encode(), "application/json")))
        body = Body(files=files)
    return Call("PUT", _image_path(image_id), _model(StoredImage), (_wait(wait),), body)


def post_images(images: Mapping[str, Picture], wait: bool) -> Call[BatchOutcome]:
    """Many at once, ids relative paths. Made again it changes nothing more. Raises Misused."""
    if unfit := [image_id for image_id in images if {'"', "\\"} & set(image_id)]:
        raise Misused(f"{unfit[0]!r} cannot be a file name of a form; use put_image for it.")
    read = {image_id: read_picture(picture) for image_id, picture in images.items()}
    files = [("image", (image_id, data, media_type(data))) for image_id, data in read.items()]
    return Call("POST", "/images", _model(BatchOutcome), (_wait(wait),), Body(files=files))


def delete_image(image_id: str, wait: bool) -> Call[None]:
    """Take a picture out."""
    return Call("DELETE", _image_path(image_id), _nothing, (_wait(wait),), removes=True)


def get_image(image_id: str) -> Call[Image]:
    """What the catalogue knows of a picture."""
    return Call("GET", _image_path(image_id), _model(Image), ())


def get_content(image_id: str, size: Literal["thumb"] | None) -> Call[bytes]:
    """A picture's bytes, or a small JPEG."""
    asked = () if size is None else (("size", str(size)),)
    return Call("GET", _image_path(image_id) + "/content", lambda reply: reply.content, asked)


def list_images(limit: int, cursor: str | None) -> Call[ImagePage]:
    """A page of the catalogue."""
    asked = (("limit", str(limit)), *(() if cursor is None else (("cursor", cursor),)))
    return Call("GET", "/images", _model(ImagePage), asked)


def get_history(user_id: str) -> Call[KeptHistory]:
    """What a user saw."""
    return Call("GET", _history_path(user_id), _model(KeptHistory), ())


def add_history(user_id: str, seen: Sequence[Seen]) -> Call[StoredHistory]:
    """Append to what a user saw.

    Not repeatable: what another process added in between would no longer be the newest.
    """
    body = Body(json={"history": seen_entries(seen)})
    return Call("POST", _history_path(user_id), _model(StoredHistory), (), body, repeatable=False)


def delete_history(user_id: str) -> Call[None]:
    """Forget a user."""
    return Call("DELETE", _history_path(user_id), _nothing, ())


def projection() -> Call[Places]:
    """The catalogue's map."""
    return Call("GET", "/projection", _model(Places), ())


def place(image: Picture) -> Call[Place]:
    """Where a picture lies on it. Raises Misused."""
    data = read_picture(image)
    body = Body(content=data, content_type=media_type(data))
    return Call("POST", "/projection", _model(Place), (), body)


def stats() -> Call[Stats]:
    """Sizes and lags."""
    return Call("GET", "/stats", _model(Stats), ())


def health() -> Call[Health]:
    """Whether the process serves requests."""
    return Call("GET", "/healthz", _model(Health), ())


def ready() -> Call[Health]:
    """Whether at least one view answers."""
    return Call("GET", "/readyz", _model(Health), ())


def metrics() -> Call[str]:
    """Prometheus text."""
    return Call("GET", "/metrics", lambda reply: reply.text, ())


def openapi() -> Call[dict[str, Any]]:
    """The gateway's own description."""
    return Call("GET", "/openapi.json", lambda reply: dict(reply.json()), ())


def _image_path(image_id: str) -> str:
    return f"/images/{_segment(image_id, 'image id')}"


def _history_path(user_id: str) -> str:
    return f"/users/{_segment(user_id, 'user id')}/history"


def _segment(text: str, what: str) -> str:
    """One encoded segment. Dots too: `..` would be resolved away, and another path be asked for."""
    if not text:
        raise Misused(f"The {what} is empty.")
    try:
        encoded = quote(text, safe="")
    except UnicodeEncodeError as error:
        raise Misused(f"The {what} is no valid Unicode text.") from error
    return encoded.replace(".", "%2E") if set(text) == {"."} else encoded


def _wait(wait: bool) -> tuple[str, str]:
    return ("wait", "true" if wait else "false")


def _model(model: type[Model]) -> Callable[[httpx.Response], Model]:
    return lambda reply: model.model_validate_json(reply.content)


def _nothing(reply: httpx.Response) -> None:
    return None
