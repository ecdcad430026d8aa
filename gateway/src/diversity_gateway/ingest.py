"""Taking pictures into the catalogue: decoded once, on disk first, then committed, then announced."""

import asyncio
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import anyio
import anyio.to_thread

from diversity_contracts.pictures import MAX_PIXELS, Decode, content_hash, decode
from diversity_contracts.problems import ProblemError, UnknownId
from diversity_gateway.appearance import LOOKS, Appearance, appearance
from diversity_gateway.catalogue import Catalogue
from diversity_gateway.content_files import ContentFiles
from diversity_gateway.entries import MetadataValue, Picture, Stored
from diversity_gateway.indexer import Indexer
from diversity_gateway.thumbnails import make_thumbnail

STORING_THREADS = 4  # one writes rows while the others write files


@dataclass(frozen=True, slots=True)
class Statement:
    """A picture and what its sender says of it; None leaves unsaid."""

    data: bytes
    captions: Sequence[str] | None = None
    metadata: Mapping[str, MetadataValue] | None = None


class Ingest:
    """Writes to the catalogue and its files.

    Args:
        decode: where pictures are decoded.
        decoders: pictures decoded at once; each takes a core and up to 160 MB for a moment.
        wait_s: the longest a write waits to become searchable.
    """

    def __init__(
        self,
        catalogue: Catalogue,
        files: ContentFiles,
        indexers: Collection[Indexer],
        *,
        decode: Decode = decode,
        decoders: int = 2,
        max_pixels: int = MAX_PIXELS,
        wait_s: float = 5.0,
    ) -> None:
        self._catalogue = catalogue
        self._files = files
        self._indexers = indexers
        self._decode, self._max_pixels = decode, max_pixels
        self._decoding = anyio.CapacityLimiter(decoders)
        # Writers queue for one transaction; in the threads that all share they would leave none for queries.
        self._storing = anyio.CapacityLimiter(STORING_THREADS)
        self._wait_s = wait_s

    async def put(self, image_id: str, statement: Statement) -> Stored:
        """Add or replace; durable when this returns.

        Raises NotAPicture, TooLarge (pixels), NoSpace.
        """
        picture, looks = await anyio.to_thread.run_sync(self._examine, statement.data, limiter=self._decoding)
        stored = await anyio.to_thread.run_sync(
            self._store, image_id, statement, picture, looks, limiter=self._storing
        )
        self._announce()
        return stored

    async def attempt(self, image_id: str, statement: Statement) -> Stored | ProblemError:
        """As `put`, with a refusal as the value: one of many is refused without ending the others."""
        try:
            return await self.put(image_id, statement)
        except ProblemError as error:
            return error

    async def delete(self, image_id: str) -> int:
        """Take a picture out; its change number. Raises UnknownId."""
        seq = await anyio.to_thread.run_sync(self._catalogue.delete, image_id, limiter=self._storing)
        if seq is None:
            raise UnknownId(f"There is no picture {image_id!r}.")
        self._announce()
        return seq

    async def thumbnail(self, content: str) -> bytes:
        """The small JPEG of a stored content."""
        make = partial(make_thumbnail, decode=self._decode)
        return await anyio.to_thread.run_sync(self._files.thumbnail, content, make, limiter=self._decoding)

    async def content(self, content: str) -> bytes:
        """A stored content."""
        return await anyio.to_thread.run_sync(self._files.read, content)

    async def searchable(self, seq: int, *, wait: bool) -> bool:
        """Whether every view stands at change `seq`; with `wait`, after waiting for it up to the limit.

        A view that does not answer is not waited for.
        """
        if wait:
            try:
                async with asyncio.timeout(self._wait_s):
                    await asyncio.gather(*(indexer.settle(seq) for indexer in self._indexers))
            except TimeoutError:
                return False
        return all(indexer.applied >= seq for indexer in self._indexers)

    def refused(self, image_id: str) -> dict[str, str]:
        """The views that do not take this picture, as far as they were fed, each with its reason."""
        reasons = {indexer.name: indexer.refusals.reason(image_id) for indexer in self._indexers}
        return {name: reason for name, reason in reasons.items() if reason is not None}

    def _examine(self, data: bytes) -> tuple[Picture, Appearance]:
        picture = self._decode(data, max_pixels=self._max_pixels, reduction=LOOKS)
        told = Picture(content_hash(data), picture.media_type, picture.width, picture.height, len(data))
        return told, appearance(picture.image)

    def _store(self, image_id: str, statement: Statement, picture: Picture, looks: Appearance) -> Stored:
        self._files.store(picture.content_hash, statement.data)
        return self._catalogue.put(image_id, picture, statement.captions, statement.metadata, looks)

    def _announce(self) -> None:
        for indexer in self._indexers:
            indexer.wake()
