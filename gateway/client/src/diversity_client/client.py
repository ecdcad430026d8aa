"""The synchronous client. Its methods may be called from several threads."""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from random import SystemRandom
from types import TracebackType
from typing import Any, Literal, Self, TypeVar, Unpack

import httpx

from diversity_client import calls
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
    Result,
    SearchOutcomes,
    Stats,
    StoredHistory,
    StoredImage,
)
from diversity_client.asking import Question, SearchOptions, Seen
from diversity_client.exchange import Attempt, Outcome, exchange
from diversity_client.pictures import Picture
from diversity_client.retrying import Retries
from diversity_client.settings import read_settings

T = TypeVar("T")
PAGE = 1_000  # entries the gateway lists at once, at most


class Client:
    """A gateway, to be closed or used as a context.

    Args:
        url, key: else DIVERSITY_URL and DIVERSITY_API_KEY, else this machine's port 8000 without a key.
        timeout_s: the longest silence of a call.
        retries: how often and how long a call that is safe to repeat is made again.
        transport: what carries the requests; `pause` and `now`, the clock: for tests.

    Every call raises Problem, Unreachable or NotAGateway; see `diversity_client.errors`.
    """

    def __init__(
        self,
        url: str | None = None,
        *,
        key: str | None = None,
        timeout_s: float = 60.0,
        retries: Retries = Retries(),
        transport: httpx.BaseTransport | None = None,
        pause: Callable[[float], None] = time.sleep,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        settings = read_settings(url, key)
        self.url = settings.url
        self._retries, self._pause, self._now = retries, pause, now
        self._chance = SystemRandom().random
        self._http = httpx.Client(
            base_url=settings.url,
            headers=settings.headers,
            timeout=timeout_s,
            transport=transport,
            trust_env=not settings.is_loopback,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def divergent(self, **question: Unpack[Question]) -> Answer:
        """The pictures that differ most: `divergent(image_id="food/vegetables/corn", n=5)`."""
        return self.send(calls.search("divergent", question))

    def similar(self, **question: Unpack[Question]) -> Answer:
        """The nearest pictures."""
        return self.send(calls.search("similar", question))

    def divergent_many(
        self, questions: Sequence[Question], **shared: Unpack[SearchOptions]
    ) -> SearchOutcomes:
        """Up to 100 searches in one call, an outcome each; `shared` holds where one says nothing."""
        return self.send(calls.search_many("divergent", questions, shared))

    def similar_many(self, questions: Sequence[Question], **shared: Unpack[SearchOptions]) -> SearchOutcomes:
        """As `divergent_many`, with the nearest."""
        return self.send(calls.search_many("similar", questions, shared))

    def ranking(self, mode: Mode, **question: Unpack[Question]) -> Iterator[Result]:
        """Every result of a search, page by page of `n`; StaleCursor when the catalogue changes meanwhile."""
        while True:
            answer = self.send(calls.search(mode, question))
            yield from answer.results
            if answer.next_cursor is None:
                return
            question = {**question, "cursor": answer.next_cursor}

    def put_image(
        self,
        image_id: str,
        image: Picture,
        *,
        captions: Sequence[str] | None = None,
        metadata: Metadata | None = None,
        wait: bool = True,
    ) -> StoredImage:
        """Add or replace a picture; durable when this returns, and searchable unless `searchable` is False.

        Captions or metadata that are None stay as they are if the bytes are the same.
        """
        return self.send(calls.put_image(image_id, image, captions, metadata, wait))

    def post_images(self, images: Mapping[str, Picture], *, wait: bool = True) -> BatchOutcome:
        """Add many pictures in one call, 64 MiB at most; each is taken or refused by itself."""
        return self.send(calls.post_images(images, wait))

    def delete_image(self, image_id: str, *, wait: bool = True) -> None:
        """Take a picture out."""
        self.send(calls.delete_image(image_id, wait))

    def image(self, image_id: str) -> Image:
        """What the catalogue knows of a picture."""
        return self.send(calls.get_image(image_id))

    def content(self, image_id: str, *, size: Literal["thumb"] | None = None) -> bytes:
        """The bytes as they came, or a JPEG of at most 256×256 pixels."""
        return self.send(calls.get_content(image_id, size))

    def images(self, *, limit: int = 100, cursor: str | None = None) -> ImagePage:
        """A page of the catalogue, by id."""
        return self.send(calls.list_images(limit, cursor))

    def all_images(self) -> Iterator[Image]:
        """The whole catalogue, by id; what is there throughout comes exactly once."""
        cursor: str | None = None
        while True:
            page = self.images(limit=PAGE, cursor=cursor)
            yield from page.images
            if (cursor := page.next_cursor) is None:
                return

    def history(self, user_id: str) -> KeptHistory:
        """What a user saw, the newest last."""
        return self.send(calls.get_history(user_id))

    def add_history(self, user_id: str, seen: Sequence[Seen]) -> StoredHistory:
        """Append to what a user saw: ids, or (id, weight)."""
        return self.send(calls.add_history(user_id, seen))

    def delete_history(self, user_id: str) -> None:
        """Forget what a user saw."""
        self.send(calls.delete_history(user_id))

    def projection(self) -> Places:
        """The catalogue's map, for drawing: where each picture lies."""
        return self.send(calls.projection())

    def place(self, image: Picture) -> Place:
        """Where a picture that is not in the catalogue would lie on its map."""
        return self.send(calls.place(image))

    def stats(self) -> Stats:
        """Sizes, artifacts and lags."""
        return self.send(calls.stats())

    def health(self) -> Health:
        """Raises unless the gateway serves requests."""
        return self.send(calls.health())

    def ready(self) -> Health:
        """Raises NotReady unless at least one view answers."""
        return self.send(calls.ready())

    def metrics(self) -> str:
        """Prometheus text."""
        return self.send(calls.metrics())

    def openapi(self) -> dict[str, Any]:
        """The gateway's own description of its API."""
        return self.send(calls.openapi())

    def send(self, call: calls.Call[T]) -> T:
        """Make one call; what the methods above are made of."""
        steps = exchange(call, self._retries, self._now, self._chance)
        outcome: Outcome = None
        while True:
            try:
                step = steps.send(outcome)
            except StopIteration as end:
                answer: T = end.value
                return answer
            if isinstance(step, Attempt):
                outcome = self._attempt(call)
            else:
                self._pause(step.seconds)
                outcome = None

    def _attempt(self, call: calls.Call[Any]) -> httpx.Response | httpx.TransportError:
        try:
            return self._http.send(request_of(self._http, call))
        except httpx.TransportError as error:
            return error


def request_of(http: httpx.Client | httpx.AsyncClient, call: calls.Call[Any]) -> httpx.Request:
    """The request of `call`."""
    body = call.body
    return http.build_request(
        call.method,
        call.path,
        params=httpx.QueryParams(call.parameters) if call.parameters else None,
        json=body.json,
        content=body.content,
        files=body.files,
        headers=None if body.content_type is None else {"Content-Type": body.content_type},
    )
