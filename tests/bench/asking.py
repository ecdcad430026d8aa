"""Queries put to real processes with pictures that nobody sent before, from one client or from many."""

import asyncio
import os
import time
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from itertools import count
from pathlib import Path

from diversity_gateway.exchange import Exchange, Request
from tests.fakes.drawn import drawn

SIZE = (320, 240)
DRAWN = 64
_COMMENT = b"\xff\xfe\x00\x0a"  # a segment of eight bytes that says nothing of the picture


class Question(ABC):
    """Something that can be asked again and again."""

    @abstractmethod
    async def ask(self) -> tuple[float, bytes]:
        """The milliseconds of one whole answer, and the answer. Raises RuntimeError for any other."""

    async def rate(self, clients: int, seconds: float) -> tuple[float, list[float]]:
        """Answers a second to so many clients, each of which asks again at once; and their milliseconds."""
        started = time.perf_counter()
        until, took = started + seconds, list[float]()

        async def client() -> None:
            while time.perf_counter() < until:
                took.append((await self.ask())[0])

        await asyncio.gather(*(client() for _ in range(clients)))
        return len(took) / (time.perf_counter() - started), took


@dataclass(frozen=True)
class Arm(Question):
    """One way to ask: where, what, and the headers; `body` makes the next one."""

    service: Exchange
    target: str
    headers: dict[str, str]
    body: Callable[[], bytes]

    async def ask(self) -> tuple[float, bytes]:
        """Of one service."""
        return await self.ask_with(self.body())

    async def ask_with(self, body: bytes) -> tuple[float, bytes]:
        """Of one service, with a given body."""
        request = Request("POST", self.target, self.headers, body, 60.0)
        started = time.perf_counter()
        reply = await self.service.ask(request)
        took = (time.perf_counter() - started) * 1000
        if reply.status != 200:
            raise RuntimeError(f"{self.target}: {reply.status} {reply.content[:300]!r}")
        return took, reply.content


@dataclass(frozen=True)
class AtOnce(Question):
    """Several services asked the same at the same time; the answer is there when all have given theirs."""

    arms: tuple[Arm, ...]

    async def ask(self) -> tuple[float, bytes]:
        """With the body that the first arm makes; the answers one after the other."""
        body, started = self.arms[0].body(), time.perf_counter()
        replies = await asyncio.gather(*(arm.ask_with(body) for arm in self.arms))
        return (time.perf_counter() - started) * 1000, b"".join(content for _, content in replies)


@lru_cache(DRAWN)
def _drawing(number: int) -> bytes:
    return drawn(5_000_000 + number, size=SIZE, kind="JPEG")


def picture(number: int) -> bytes:
    """A JPEG whose bytes no other number has: one of few drawings, with a comment of its own."""
    drawing = _drawing(number % DRAWN)
    return drawing[:2] + _COMMENT + number.to_bytes(8, "big") + drawing[2:]


def fresh_pictures() -> Callable[[], bytes]:
    """Pictures without end."""
    numbers = count()
    return lambda: picture(next(numbers))


def processor_ms(pid: int) -> float:
    """What a process has had of the processors so far, in milliseconds (Linux)."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) * 1000 / os.sysconf("SC_CLK_TCK")
