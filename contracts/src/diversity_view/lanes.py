"""Work off the event loop, so much at a time: the excess is refused at once instead of waiting for ever."""

import asyncio
import logging
import os
import sys
import threading
import time
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any, TypeVar

from diversity_contracts.problems import NotReady, TooManyRequests
from diversity_view.company import WITHIN_S, Company, Waiting
from diversity_view.costs import HEAVY, ORDINARY

log = logging.getLogger(__name__)
Item = TypeVar("Item")
Answer = TypeVar("Answer")
Waited = Callable[[str, float], None]
# Items to answers, each told as soon as it is there: the item's place, and its answer or why there is none.
Work = Callable[[Sequence[Item]], Iterable[tuple[int, Answer | Exception]]]
# A thread at this niceness gets a ninth of a core that another one wants, and all of one that nobody wants.
BACKGROUND_NICENESS = 10


class Lane:
    """A pool of `concurrency` threads behind a queue of `max_queue` requests, another one for heavy work.

    `background` threads, and those that libraries start from them, give way to all others. A thread takes up
    to `together` units of cost of one kind that wait at the same moment, fewer where they would take longer
    than `within_s` (see `company`); nobody is made to wait for company. What costs more than `HEAVY` has
    threads of its own, as many, and no more than half of the places: a quick query never waits behind a slow
    one. They are a step nicer, and so have decoding processes of their own (`diversity_contracts.decoders`).
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
        within_s: float = WITHIN_S,
        grouped: Callable[[int], None] = lambda _: None,
    ) -> None:
        """`grouped` is told how many are worked on in one go."""
        self.name = name
        self._limit = concurrency + max_queue
        self.inside = 0  # places taken; read by whoever wants to know the load
        self._heavy_inside = 0
        self._waited, self._together, self._within_s = waited, together, within_s
        self._grouped = grouped
        self._companies: dict[Hashable, Company] = {}
        give_way = _give_way if background else None
        self._pool = ThreadPoolExecutor(concurrency, thread_name_prefix=name, initializer=give_way)
        # Its threads are started when there is something for them.
        self._apart = ThreadPoolExecutor(
            concurrency, thread_name_prefix=f"{name}-apart", initializer=_step_back
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

    async def run(self, work: Callable[[], Answer], *, cost: float = ORDINARY) -> Answer:
        """`work()` in the pool, when its turn comes.

        Raises TooManyRequests where too much heavy work is in the lane already, and what `work` raises.
        """
        if cost > HEAVY:
            with self._heavy_place():
                return await self._run(self._apart, work)
        return await self._run(self._pool, work)

    async def run_together(
        self, kind: Hashable, item: Item, work: Work[Item, Answer], *, cost: float = ORDINARY
    ) -> Answer:
        """The answer to `item`, of those that `work` gives to the items of one kind that wait for a turn.

        Where the work fails as a whole, each of them is worked on alone: only those fail that make it fail.

        Args:
            work: the same for every item of the kind; an Exception among its answers is raised.

        Raises TooManyRequests as `run` does.
        """
        if cost > HEAVY:
            return await self.run(lambda: _answer_of(work, item), cost=cost)
        if kind not in self._companies:
            self._companies[kind] = Company(self._together, self._within_s)
        company = self._companies[kind]
        asked: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        company.join(Waiting(item, asked, time.perf_counter(), cost))
        # A turn for each item, which is over at once where an earlier one took it along.
        self._pool.submit(self._take_along, company, work)
        return await asked

    def close(self) -> None:
        """Finish what runs, drop what waits."""
        for pool in (self._pool, self._apart):
            pool.shutdown(wait=True, cancel_futures=True)
        for company in self._companies.values():
            company.let_go()

    async def _run(self, pool: ThreadPoolExecutor, work: Callable[[], Answer]) -> Answer:
        asked = time.perf_counter()

        def timed() -> Answer:
            self._waited(self.name, time.perf_counter() - asked)
            return work()

        return await asyncio.get_running_loop().run_in_executor(pool, timed)

    @contextmanager
    def _heavy_place(self) -> Iterator[None]:
        if self._heavy_inside >= max(1, self._limit // 2):
            raise TooManyRequests(
                f"{self._heavy_inside} slow requests are in work or waiting.", retry_after_s=1
            )
        self._heavy_inside += 1
        try:
            yield
        finally:
            self._heavy_inside -= 1

    def _take_along(self, company: Company, work: Work[Any, Any]) -> None:
        taken = company.taken()
        if not taken:
            return
        begun = time.perf_counter()
        for one in taken:
            self._waited(self.name, begun - one.since)
        self._grouped(len(taken))
        untold = dict(enumerate(taken))
        try:
            for place, answer in work([one.item for one in taken]):
                untold.pop(place).tell(answer)
        except Exception as error:
            if len(taken) == 1 or isinstance(error, NotReady):  # the latter is nobody's doing
                _tell_all(untold.values(), error)
            else:
                log.exception("work failed as a whole", extra={"lane": self.name, "items": len(taken)})
                _each_alone(untold.values(), work)
        else:
            _tell_all(untold.values(), RuntimeError("The work gave no answer."))
            company.took(sum(one.cost for one in taken), time.perf_counter() - begun)


def _answer_of(work: Work[Item, Answer], item: Item) -> Answer:
    """What `work` answers to `item` alone; raises what it gives instead of an answer."""
    ((_, answer),) = work([item])
    if isinstance(answer, Exception):
        raise answer
    return answer


def _each_alone(waiting: Iterable[Waiting], work: Work[Any, Any]) -> None:
    for one in waiting:
        if one.asked.done():
            continue
        try:
            one.tell(_answer_of(work, one.item))
        except Exception as error:  # noqa: BLE001 - whatever it is, who waits is told
            one.tell(error)


def _tell_all(waiting: Iterable[Waiting], answer: Exception) -> None:
    for one in waiting:
        one.tell(answer)


def _give_way() -> None:
    """Only Linux has a niceness for each thread; elsewhere it would be the whole process's."""
    if sys.platform == "linux":
        thread = threading.get_native_id()
        # An ordinary user may not lower a niceness, not even one that the whole process was given.
        niceness = max(BACKGROUND_NICENESS, os.getpriority(os.PRIO_PROCESS, thread))
        os.setpriority(os.PRIO_PROCESS, thread, niceness)


def _step_back() -> None:
    if sys.platform == "linux":
        thread = threading.get_native_id()
        os.setpriority(os.PRIO_PROCESS, thread, os.getpriority(os.PRIO_PROCESS, thread) + 1)
