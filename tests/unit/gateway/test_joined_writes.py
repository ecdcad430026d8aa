"""What is written leaves in one piece where it can, in order, and at the latest with the loop's next turn."""

import asyncio
from typing import Any, cast

from diversity_gateway.joined_writes import JoinedWrites


class Wire:
    """Notes what reaches the system."""

    def __init__(self) -> None:
        self.sent = list[bytes]()
        self.closed = self.aborted = False

    def write(self, data: bytes) -> None:
        self.sent.append(data)

    def writelines(self, pieces: tuple[bytes, ...]) -> None:
        self.sent.append(b"".join(pieces))

    def is_closing(self) -> bool:
        return self.closed or self.aborted

    def close(self) -> None:
        self.closed = True

    def abort(self) -> None:
        self.aborted = True


def joined() -> tuple[JoinedWrites, Wire]:
    wire = Wire()
    return JoinedWrites(cast(Any, wire), asyncio.get_running_loop()), wire


async def test_head_and_body_leave_together() -> None:
    writes, wire = joined()
    writes.write(b"head ")
    assert wire.sent == []
    writes.write(b"body")
    assert wire.sent == [b"head body"]
    await asyncio.sleep(0)
    assert wire.sent == [b"head body"]


async def test_what_comes_alone_leaves_with_the_next_turn() -> None:
    writes, wire = joined()
    for number in range(3):
        writes.write(b"%d" % number)
        await asyncio.sleep(0)
    writes.write(b"a")
    writes.write(b"b")
    writes.write(b"c")
    await asyncio.sleep(0)
    assert wire.sent == [b"0", b"1", b"2", b"ab", b"c"]


async def test_nothing_is_lost_at_the_end() -> None:
    writes, wire = joined()
    writes.write(b"last")
    writes.close()
    assert (wire.sent, wire.closed) == ([b"last"], True)
    await asyncio.sleep(0)
    assert wire.sent == [b"last"]


async def test_nothing_is_written_to_a_connection_that_was_cut() -> None:
    writes, wire = joined()
    writes.write(b"late")
    writes.abort()
    await asyncio.sleep(0)
    assert (wire.sent, wire.aborted) == ([], True)
