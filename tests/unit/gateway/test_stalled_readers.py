"""A reply that nobody reads ends its connection; one that is read slowly does not."""

import asyncio
from typing import Any

import uvicorn
from starlette.applications import Starlette
from uvicorn.server import ServerState

from diversity_gateway.connections import STALL_BYTES, TimedHeads
from tests.fakes.waiting import eventually


class Impatient(TimedHeads):
    """The product's protocol with a shorter clock."""

    stall_s = 0.02


class Pipe(asyncio.Transport):
    """A connection whose other end has `waiting` bytes still to read."""

    def __init__(self, waiting: int) -> None:
        super().__init__()
        self.waiting, self.looks, self.aborted = waiting, 0, False
        self.taken_a_look = 0

    def get_write_buffer_size(self) -> int:
        self.looks += 1
        self.waiting = max(0, self.waiting - self.taken_a_look)
        return self.waiting

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        return default

    def is_closing(self) -> bool:
        return self.aborted

    def close(self) -> None:
        self.aborted = True

    def abort(self) -> None:
        self.aborted = True

    def resume_reading(self) -> None:
        """Nothing is paused."""


def connected(pipe: Pipe) -> Impatient:
    config = uvicorn.Config(Starlette(), log_config=None)
    protocol = Impatient(config=config, server_state=ServerState(), app_state={})
    protocol.connection_made(pipe)
    return protocol


async def test_a_reader_that_takes_nothing_is_cut() -> None:
    pipe = Pipe(10_000_000)
    protocol = connected(pipe)
    protocol.pause_writing()

    async def is_cut() -> bool:
        return pipe.aborted

    await eventually(is_cut)
    protocol.connection_lost(None)


async def test_a_reader_that_takes_a_little_each_time_is_not() -> None:
    pipe = Pipe(100 * STALL_BYTES)
    pipe.taken_a_look = STALL_BYTES
    protocol = connected(pipe)
    protocol.pause_writing()

    async def was_looked_at() -> bool:
        return pipe.looks >= 8

    await eventually(was_looked_at)
    assert not pipe.aborted
    protocol.resume_writing()
    looks = pipe.looks
    await asyncio.sleep(3 * Impatient.stall_s)
    assert pipe.looks == looks, "nothing is watched once all is read"
    protocol.connection_lost(None)
