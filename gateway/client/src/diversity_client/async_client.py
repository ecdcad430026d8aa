"""The client for asyncio: the synchronous one's methods, awaited."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
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
from diversity_client.client import PAGE, request_of
from diversity_client.exchange import Attempt, Outcome, exchange
from diversity_client.pictures import Picture
from diversity_client.retrying import Retries
from diversity_client.settings import read_settings

T = TypeVar("T")


class AsyncClient:
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
        transport: httpx.AsyncBaseTransport | None = None,
        pause: Callable[[float], Awaitable[None]] = asyncio.sleep,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        settings = read_settings(url, key)
        self.url = settings.url
        self._retries, self._pause, self._now = retries, pause, now
        self._chance = SystemRandom().random
        self._http = httpx.AsyncClient(
            base_url=settings.url,
            headers=settings.headers,
            timeout=timeout_s,
            transport=transport,
            trust_env=not settings.is_loopback,
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Close the connections."""
        await self._http.aclose()

    async def divergent(self, **question: Unpack[Question]) -> Answer:
        """The pictures that differ most: `divergent(image_id="food/vegetables/corn", n=5)`."""
        return await self.send(calls.search("divergent", question))

    async def similar(self, **question: Unpack[Question]) -> Answer:
        """The nearest pictures."""
        return await self.send(calls.search("similar", question))

    async def divergent_many(
        self, questions: Sequence[Question], **shared: Unpack[SearchOptions]
    ) -> SearchOutcomes:
        """Up to 100 searches in one call, an outcome each; `shared` holds where one says nothing."""
        return await self.send(calls.search_many("divergent", questions, shared))

    async def similar_many(
        self, questions: Sequence[Question], **shared: Unpack[SearchOptions]
    ) -> SearchOutcomes:
        """As `divergent_many`, with the nearest."""
        return await self.send(calls.search_many("similar", questions, shared))

    async def ranking(self, mode: Mode, **question: Unpack[Question]) -> AsyncIterator[Result]:
        """Every result of a search, page by page of `n`; StaleCursor when the catalogue changes meanwhile."""
        while True:
            answer = await self.send(calls.search(mode, question))
            for result in answer.results:
                yield result
            if answer.next_cursor is None:
                return
            question = {**question, "cursor": answer.next_cursor}

    async def put_image(
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
        return await self.send(calls.put_image(image_id, image, captions, metadata, wait))

    async def post_images(self, images: Mapping[str, Picture], *, wait: bool = True) -> BatchOutcome:
        """Add many pictures in one call, 64 MiB at most; each is taken or refused by itself."""
        return await self.send(calls.post_images(images, wait))

    async def delete_image(self, image_id: str, *, wait: bool = True) -> None:
        """Take a picture out."""
        await self.send(calls.delete_image(image_id, wait))

    async def image(self, image_id: str) -> Image:
        """What the catalogue knows of a picture."""
        return await self.send(calls.get_image(image_id))

    async def content(self, image_id: str, *, size: Literal["thumb"] | None = None) -> bytes:
        """The bytes as they came, or a JPEG of at most 256×256 pixels."""
        return await self.send(calls.get_content(image_id, size))

    async def images(self, *, limit: int = 100, cursor: str | None = None) -> ImagePage:
        """A page of the catalogue, by id."""
        return await self.send(calls.list_images(limit, cursor))

    async def all_images(self) -> AsyncIterator[Image]:
        """The whole catalogue, by id; what is there throughout comes exactly once."""
        cursor: str | None = None
        while True:
            page = await self.images(limit=PAGE, cursor=cursor)
            for image in page.images:
                yield image
            if (cursor := page.next_cursor) is None:
                return

    async def history(self, user_id: str) -> KeptHistory:
        """What a user saw, the newest last."""
        return await self.send(calls.get_history(user_id))

    async def add_history(self, user_id: str, seen: Sequence[Seen]) -> StoredHistory:
        """Append to what a user saw: ids, or (id, weight)."""
        return await self.send(calls.add_history(user_id, seen))

    async def delete_history(self, user_id: str) -> None:
        """Forget what a user saw."""
        await self.send(calls.delete_history(user_id))

    async def projection(self) -> Places:
        """The catalogue's map, for drawing: where each picture lies."""
        return await self.send(calls.projection())

    async def place(self, image: Picture) -> Place:
        """Where a picture that is not in the catalogue would lie on its map."""
        return await self.send(calls.place(image))

    async def stats(self) -> Stats:
        """Sizes, artifacts and lags."""
        return await self.send(calls.stats())

    async def health(self) -> Health:
        """Raises unless the gateway serves requests."""
        return await self.send(calls.health())

    async def ready(self) -> Health:
        """Raises NotReady unless at least one view answers."""
        return await self.send(calls.ready())

    async def metrics(self) -> str:
        """Prometheus text."""
        return await self.send(calls.metrics())

    async def openapi(self) -> dict[str, Any]:
        """The gateway's own description of its API."""
        return await self.send(calls.openapi())

    async def send(self, call: calls.Call[T]) -> T:
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
                outcome = await self._attempt(call)
            else:
                await self._pause(step.seconds)
                outcome = None

    async def _attempt(self, call: calls.Call[Any]) -> httpx.Response | httpx.TransportError:
        try:
            return await self._http.send(request_of(self._http, call))
        except httpx.TransportError as error:
            return error
