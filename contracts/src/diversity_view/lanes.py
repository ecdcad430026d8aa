"""Work off the event loop, so much at a time: the excess is refused at once instead of waiting for ever."""

import asyncio
import os
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TypeVar

from diversity_contracts.problems import TooManyRequests

Answer = TypeVar("Answer")
Waited = Callable[[str, float], None]
# A thread at this niceness gets a ninth of a core that another one wants, and all of one that nobody wants.
BACKGROUND_NICENESS = 10


class Lane:
    """A pool of `concurrency` threads behind a queue of `max_queue` requests.

    `background` threads, and those that libraries start from them, give way to all others.
    """

    def __init__(
        self, name: str, *, concurrency: int, max_queue: int, waited: Waited, background: bool = False
    ) -> None:
        self.name = name
        self._limit = concurrency + max_queue
        self.inside = 0  # places taken; read by whoever wants to know the load
        self._waited = waited
        self._pool = ThreadPoolExecutor(
            concurrency, thread_name_prefix=name, initializer=_give_way if background else None
        )

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


def _give_way() -> None:
    """Only Linux has a niceness for each thread; elsewhere it would be the whole process's."""
    if sys.platform == "linux":
        thread = threading.get_native_id()
        # An ordinary user may not lower a niceness, not even one that the whole process was given.
        niceness = max(BACKGROUND_NICENESS, os.getpriority(os.PRIO_PROCESS, thread))
        os.setpriority(os.PRIO_PROCESS, thread, niceness)
