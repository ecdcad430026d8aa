"""What the benches of speed ask with: no picture twice, each a sound one; their clients and their clock."""

import asyncio
import os

from diversity_contracts.pictures import content_hash, decode
from diversity_gateway.exchange import Reply, Request
from tests.bench.asking import DRAWN, SIZE, Arm, AtOnce, fresh_pictures, picture, processor_ms


def test_no_two_pictures_have_the_same_bytes_and_each_is_one() -> None:
    made = [picture(number) for number in range(2 * DRAWN)]
    assert len({content_hash(data) for data in made}) == 2 * DRAWN
    first, again = decode(made[3]), decode(made[3 + DRAWN])
    assert (first.image.size, first.media_type) == (SIZE, "image/jpeg")
    assert first.image.tobytes() == again.image.tobytes()
    following = fresh_pictures()
    assert [following(), following()] == made[:2]


class Answering:
    """A service that answers after a moment, and says how many were asked at once."""

    def __init__(self) -> None:
        self.inside = self.most = self.asked = 0

    async def ask(self, request: Request) -> Reply:
        self.asked += 1
        self.inside += 1
        self.most = max(self.most, self.inside)
        await asyncio.sleep(0.001)
        self.inside -= 1
        return Reply(200, request.body)

    async def aclose(self) -> None:
        """Nothing is open."""


async def test_a_rate_is_of_so_many_clients() -> None:
    service = Answering()
    rate, took = await Arm(service, "/x", {}, lambda: b"q").rate(clients=7, seconds=0.05)
    assert service.most == 7
    assert len(took) == service.asked
    assert rate > 0
    assert min(took) >= 1


async def test_several_services_are_asked_the_same_at_once() -> None:
    services = Answering(), Answering()
    following = fresh_pictures()
    both = AtOnce(tuple(Arm(service, "/x", {}, following) for service in services))
    took, answer = await both.ask()
    assert answer == 2 * picture(0)  # one picture, not one each
    assert [service.asked for service in services] == [1, 1]
    rate, times = await both.rate(clients=3, seconds=0.05)
    assert rate > 0
    assert len(times) == services[0].asked - 1 == services[1].asked - 1
    assert min(took, *times) >= 1


def test_work_is_seen_on_the_clock() -> None:
    before = processor_ms(os.getpid())
    while processor_ms(os.getpid()) < before + 20:
        sum(range(10_000))
