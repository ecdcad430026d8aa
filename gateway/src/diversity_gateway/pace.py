"""How slowly a client may send a body.

A deadline alone would cut an honest upload over a slow line; a rate alone would cut a pause. A body has a
grace period plus a second for every `MIN_RATE` bytes received, so a client that trickles is cut right after
the grace period, and everything that is accepted comes in at MIN_RATE or faster.
"""

import asyncio
from collections.abc import AsyncIterable, AsyncIterator

from diversity_contracts.problems import SlowBody, TooManyRequests

MIN_RATE = 64 * 1024  # bytes a second: 32 MB may take eight and a half minutes, a trickle ten seconds


class BodyBudget:
    """Bytes of request bodies held at once, over all requests."""

    def __init__(self, limit: int) -> None:
        self._left = limit

    def take(self, size: int) -> None:
        """Claim `size` bytes; raises TooManyRequests when they are not there."""
        if size > self._left:
            raise TooManyRequests("Too many large requests at once.", retry_after_s=2)
        self._left -= size

    def give_back(self, size: int) -> None:
        """Return what was claimed."""
        self._left += size


async def paced(chunks: AsyncIterable[bytes], grace_s: float) -> AsyncIterator[bytes]:
    """`chunks` while they come fast enough; raises SlowBody when they do not."""
    clock = asyncio.get_running_loop().time
    deadline, pieces = clock() + grace_s, aiter(chunks)
    while True:
        try:
            async with asyncio.timeout_at(deadline):
                piece = await anext(pieces)
        except StopAsyncIteration:
            return
        except TimeoutError as error:
            raise SlowBody(
                f"The body came at less than {MIN_RATE // 1024} KiB a second after {grace_s:g} s."
            ) from error
        deadline += len(piece) / MIN_RATE
        yield piece
