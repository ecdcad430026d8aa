"""Those that wait for one kind of work, and how many of them go together.

A batch is bound twice: by what it is guessed to cost, and by the time that a unit of cost took lately, so
that nobody in it waits much longer than `within_s` for the others. A few go together however slow the machine
is at the moment: one that is overloaded is helped by that, and by nothing else.
"""

import asyncio
import threading
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

# A quarter of what the gateway waits for a view.
WITHIN_S = 0.5
LEAST = 4.0  # units that go together whatever they take
_SHARE = 0.25  # of the last batch in what a unit is said to take


@dataclass(frozen=True, slots=True)
class Waiting:
    """An item, who waits for its answer, since when, and what it will cost."""

    item: Any
    asked: asyncio.Future[Any]
    since: float
    cost: float

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


class Company:
    """Joined from the event loop, taken from by several threads."""

    def __init__(self, most: float, within_s: float) -> None:
        """
        Args:
            most: units of cost that go together.
            within_s: what they may take, where they are more than `LEAST`.
        """
        self._most, self._within_s = most, within_s
        self._waiting: deque[Waiting] = deque()
        self._taking = threading.Lock()
        self._unit_s = 0.0  # unknown, and so no bound

    def join(self, one: Waiting) -> None:
        """Wait."""
        self._waiting.append(one)

    def taken(self) -> list[Waiting]:
        """The first of those for whom somebody still waits, with those after it that may go along."""
        with self._taking:
            return list(self._first())

    def took(self, cost: float, seconds: float) -> None:
        """Work of so many units took so long."""
        unit_s = seconds / cost
        with self._taking:
            self._unit_s += _SHARE * (unit_s - self._unit_s) if self._unit_s else unit_s

    def let_go(self) -> None:
        """Nobody is worked for any more."""
        for one in self._waiting:
            one.asked.cancel()

    def _first(self) -> Iterator[Waiting]:
        room = self._most
        if self._unit_s:
            room = min(room, max(LEAST, self._within_s / self._unit_s))
        is_alone = True
        while self._waiting and (is_alone or self._waiting[0].cost <= room):
            one = self._waiting.popleft()
            if not one.asked.done():
                is_alone, room = False, room - one.cost
                yield one
