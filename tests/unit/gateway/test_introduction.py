"""A history of pictures that are sent: a view is shown all of them at once, under one deadline."""

import asyncio
from dataclasses import dataclass, field

import pytest

from diversity_contracts.problems import NotAPicture
from diversity_contracts.wire import Distances, Ranking
from diversity_gateway.clients import SHOWN_AT_ONCE, ViewClient
from diversity_gateway.dialects import DRML
from diversity_gateway.exchange import Reply, Request
from diversity_gateway.views import Member, ViewQuery, ViewUnavailable


@dataclass
class Together:
    """Answers pictures once so many of them wait for it; refuses those in `bad`, the later the sooner."""

    waits_for: int
    bad: tuple[bytes, ...] = ()
    inside: int = 0
    most: int = 0
    enough: asyncio.Event = field(default_factory=asyncio.Event)
    asked: list[bytes] = field(default_factory=list)

    async def ask(self, request: Request) -> Reply:
        """A list for a picture, by a representation that says which; else the numbers of nothing."""
        self.asked.append(request.body)
        if request.target.startswith("/distances"):
            return Reply(
                200, Distances(results=[], artifact="a", count=0, applied=0).model_dump_json().encode()
            )
        self.inside += 1
        self.most = max(self.most, self.inside)
        if self.inside >= self.waits_for:
            self.enough.set()
        await self.enough.wait()
        self.inside -= 1
        if request.body in self.bad:
            for _ in range(len(self.bad) - self.bad.index(request.body)):
                await asyncio.sleep(0)
            detail = f"not {request.body.decode()}"
            return Reply(400, NotAPicture(detail).document("r").model_dump_json().encode())
        said = Ranking(results=[], artifact="a", count=0, applied=0, representation=request.body.decode())
        return Reply(200, said.model_dump_json().encode())

    async def aclose(self) -> None:
        """Nothing is open."""


def of_pictures(count: int) -> ViewQuery:
    return ViewQuery(history=tuple(Member(ViewQuery(f"p{number}".encode()), 1.0) for number in range(count)))


@pytest.mark.parametrize("count", [2, SHOWN_AT_ONCE, 2 * SHOWN_AT_ONCE])
async def test_all_are_shown_at_once_in_their_order(count: int) -> None:
    """One after the other, the first would wait for the second for ever."""
    neighbor = Together(min(count, SHOWN_AT_ONCE))
    client = ViewClient("http://view", DRML, exchange=neighbor, deadline_s=20)
    await client.measure(of_pictures(count), ["x"])
    assert neighbor.most <= SHOWN_AT_ONCE
    last = neighbor.asked[-1].decode()
    places = [last.index(f'"p{number}"') for number in range(count)]
    assert places == sorted(places)
    await client.aclose()


async def test_one_deadline_for_all() -> None:
    client = ViewClient("http://view", DRML, exchange=Together(100), deadline_s=0.05)
    with pytest.raises(ViewUnavailable) as raised:
        await client.measure(of_pictures(2), ["x"])
    assert (raised.value.reason, client.is_suspect) == ("late", True)
    await client.aclose()


async def test_of_several_refusals_the_first_sent_is_told() -> None:
    neighbor = Together(4, bad=(b"p1", b"p3"))
    client = ViewClient("http://view", DRML, exchange=neighbor, deadline_s=20)
    with pytest.raises(NotAPicture, match="not p1"):
        await client.measure(of_pictures(4), ["x"])
    await client.aclose()
