"""Turns for requests of one kind: so many at once, so many that wait; the excess is refused at once."""

import asyncio
import math
import time
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from diversity_contracts.problems import TooManyRequests
from diversity_gateway.congestion import FIRST, Congestion
from diversity_gateway.pace import BodyBudget

MARGIN = 4  # a wait turns out longer than foretold; a refusal after a wait is the worst of all
Observe = Callable[[str, float, float], None]  # lane, seconds waited, seconds in work


class Lane:
    """Turns for one kind of request, first come, first served. For one event loop; not for threads.

    Args:
        most: requests in work at once, the limit's upper end where it is learned.
        waiting: requests that may wait for a turn.
        patience_s: the longest one waits. Who is foretold more than a part of it is refused at once: a
            refusal that comes late is of no use to anybody.
        target_s: a request in work for longer lowers the limit, which is learned then; else it is `most`.
        buffered_bytes: bodies held in memory over all requests of the lane.
    """

    def __init__(
        self,
        name: str,
        *,
        most: int,
        waiting: int,
        patience_s: float,
        buffered_bytes: int,
        target_s: float = math.inf,
        observe: Observe = lambda *_: None,
        count_refused: Callable[[str], None] = lambda _: None,
    ) -> None:
        self.name = name
        self.budget = BodyBudget(buffered_bytes)
        self.running = 0
        self._most, self._waiting, self._patience_s, self._target_s = most, waiting, patience_s, target_s
        self._congestion = Congestion(limit=most if target_s == math.inf else min(most, FIRST))
        self._queue = deque[asyncio.Future[None]]()
        self._observe, self._count_refused = observe, count_refused

    @property
    def limit(self) -> int:
        """Requests in work at once, as of now."""
        return int(self._congestion.limit)

    @property
    def waiting(self) -> int:
        """Requests that wait for a turn."""
        return len(self._queue)

    @property
    def is_full(self) -> bool:
        """Whether the next request would be refused."""
        if self.running < self.limit and not self._queue:
            return False
        return (
            self.waiting >= self._waiting or self._congestion.wait_s(self.waiting) > self._patience_s / MARGIN
        )

    def refusal(self) -> TooManyRequests:
        """What a request is told that cannot have a turn; counted."""
        self._count_refused(self.name)
        return TooManyRequests("Too many requests at once.", retry_after_s=1)

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        """Hold a turn. Raises TooManyRequests."""
        asked = time.perf_counter()
        await self._enter()
        started = time.perf_counter()
        try:
            yield
        finally:
            ended, saturated = time.perf_counter(), bool(self._queue) or self.running >= self.limit
            self._congestion = self._congestion.after(
                started, ended, target_s=self._target_s, most=self._most, saturated=saturated
            )
            self._leave()
            self._observe(self.name, started - asked, ended - started)

    async def _enter(self) -> None:
        if self.is_full:
            raise self.refusal()
        if self.running < self.limit and not self._queue:
            self.running += 1
            return
        place = asyncio.get_running_loop().create_future()
        self._queue.append(place)
        try:
            async with asyncio.timeout(self._patience_s):
                await place
        except BaseException as error:
            if place in self._queue:
                self._queue.remove(place)
            elif not place.cancelled():  # the turn came at the same moment; it is the next one's
                self._leave()
            if isinstance(error, TimeoutError):
                raise self.refusal() from error
            raise

    def _leave(self) -> None:
        self.running -= 1
        while self._queue and self.running < self.limit:
            place = self._queue.popleft()
            if not place.cancelled():
                self.running += 1
                place.set_result(None)
