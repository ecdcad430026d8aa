"""Work off the event loop, so much at a time: the excess is refused at once instead of waiting for ever."""

import asyncio
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TypeVar

from diversity_contracts.problems import TooManyRequests

Answer = TypeVar("Answer")
Waited = Callable[[str, float], None]


class Lane:
    """A pool of `concurrency` threads behind a queue of `max_queue` requests."""

    def __init__(self, name: str, *, concurrency: int, max_queue: int, waited: Waited) -> None:
        self.name = name
        self._limit = concurrency + max_queue
        self.inside = 0  # places taken; read by whoever wants to know the load
        self._waited = waited
        self._pool = ThreadPoolExecutor(concurrency, thread_name_prefix=name)

    @contextmanager
    def place(self) -> Iterator[None]:
        """Hold a place from before the body is read, so that what is in memory stays bounded too.

        Raises TooManyRequests when the lane is full.
        """
        if self.inside >= self._limit:
            raise TooManyRequests(f"{self.inside} requests are in work or waiting.", retry_after_s=1)
        self.inside += 1
        try:
            yield
        finally:
            self.inside -= 1

    async def run(self, work: Callable[[], Answer]) -> Answer:
        """`work()` in the pool, when its turn comes."""
        asked = time.perf_counter()

        def timed() -> Answer:
            self._waited(self.name, time.perf_counter() - asked)
            return work()

        return await asyncio.get_running_loop().run_in_executor(self._pool, timed)

    def close(self) -> None:
        """Finish what runs, drop what waits."""
        self._pool.shutdown(wait=True, cancel_futures=True)
