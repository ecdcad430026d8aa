"""Work off the event loop, so much at a time: the excess is refused at once instead of waiting for ever."""

import asyncio
import os
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Hashable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, TypeVar

from diversity_contracts.problems import TooManyRequests

Item = TypeVar("Item")
Answer = TypeVar("Answer")
Waited = Callable[[str, float], None]
# A thread at this niceness gets a ninth of a core that another one wants, and all of one that nobody wants.
BACKGROUND_NICENESS = 10


class Lane:
    """A pool of `concurrency` threads behind a queue of `max_queue` requests.

    `background` threads, and those that libraries start from them, give way to all others. A thread takes up
    to `together` items of one kind that wait at the same moment; nobody is made to wait for company.
    """

    def __init__(
        self,
        name: str,
        *,
        concurrency: int,
        max_queue: int,
        waited: Waited,
        background: bool = False,
        together: int = 1,
    ) -> None:
        self.name = name
        self._limit = concurrency + max_queue
        self.inside = 0  # places taken; read by whoever wants to know the load
        self._waited, self._together = waited, together
        self._waiting: dict[Hashable, deque[_Waiting]] = {}
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

    async def run_together(
        self,
        kind: Hashable,
        item: Item,
        work: Callable[[Sequence[Item]], Sequence[Answer | Exception]],
    ) -> Answer:
        """The answer to `item`, of those that `work` gives to the items of one kind that wait for a turn.

        Args:
            work: the same for every item of the kind; an Exception among its answers is raised.
        """
        asked: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        waiting = self._waiting.setdefault(kind, deque())
        waiting.append(_Waiting(item, asked, time.perf_counter()))
        # A turn for each item, which is over at once where an earlier one took it along.
        self._pool.submit(self._take_along, waiting, work)
        return await asked

    def _take_along(self, waiting: "deque[_Waiting]", work: Callable[[Sequence[Any]], Sequence[Any]]) -> None:
        taken = list(_first(waiting, self._together))
        if not taken:
            return
        for one in taken:
            self._waited(self.name, time.perf_counter() - one.since)
        try:
            answers = work([one.item for one in taken])
        except Exception as error:  # noqa: BLE001 - whatever it is, those who wait are told
            answers = [error] * len(taken)
        for one, answer in zip(taken, answers, strict=True):
            one.tell(answer)

    def close(self) -> None:
        """Finish what runs, drop what waits."""
        self._pool.shutdown(wait=True, cancel_futures=True)
        for waiting in self._waiting.values():
            for one in waiting:
                one.asked.cancel()


@dataclass(frozen=True, slots=True)
class _Waiting:
    """An item, who waits for its answer, and since when."""

    item: Any
    asked: asyncio.Future[Any]
    since: float

    def tell(self, answer: object) -> None:
        """From any thread."""
        self.asked.get_loop().call_soon_threadsafe(self._tell, answer)

    def _tell(self, answer: object) -> None:
        if self.asked.done():  # whoever asked has left
            return
        if isinstance(answer, Exception):
            self.asked.set_exception(answer)
        else:
            self.asked.set_result(answer)


def _first(waiting: "deque[_Waiting]", most: int) -> Iterator[_Waiting]:
    """Take out up to `most` whom somebody still waits for; other threads may be at it too."""
    found = 0
    while found < most:
        try:
            one = waiting.popleft()
        except IndexError:
            return
        if not one.asked.done():
            found += 1
            yield one


def _give_way() -> None:
    """Only Linux has a niceness for each thread; elsewhere it would be the whole process's."""
    if sys.platform == "linux":
        thread = threading.get_native_id()
        # An ordinary user may not lower a niceness, not even one that the whole process was given.
        niceness = max(BACKGROUND_NICENESS, os.getpriority(os.PRIO_PROCESS, thread))
        os.setpriority(os.PRIO_PROCESS, thread, niceness)
