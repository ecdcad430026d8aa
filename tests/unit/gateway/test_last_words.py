"""What the views said last: asked for once by many, again after a while, and none of it without all."""

import asyncio
from dataclasses import dataclass

import httpx

from diversity_gateway.clients import ViewClient
from diversity_gateway.dialects import CAPTION, DRML
from diversity_gateway.last_words import FRESH_S, LastWords
from tests.fakes.over_httpx import OverHttpx
from tests.fakes.view import FakeCaptionView, FakeView


@dataclass
class Clock:
    """Time as the test wants it."""

    now: float = 0.0

    def __call__(self) -> float:
        return self.now


def client(view: FakeView | FakeCaptionView, name: str) -> ViewClient:
    dialect = DRML if name == "drml" else CAPTION
    return ViewClient(
        "http://view", dialect, exchange=OverHttpx(httpx.ASGITransport(view.app)), deadline_s=60
    )


async def test_one_asks_for_many_and_again_after_a_while() -> None:
    view, clock = FakeView(), Clock()
    words = LastWords({"drml": client(view, "drml")}, 1, clock)
    told = await asyncio.gather(*(words.generations(["drml"]) for _ in range(10)))
    assert told == [{"drml": "drml-fake-1"}] * 10
    assert len(view.calls) == 1
    clock.now += FRESH_S
    await words.generations(["drml"])
    assert len(view.calls) == 1
    view.artifact = "drml-fake-2"
    clock.now += FRESH_S
    assert await words.generations(["drml"]) == {"drml": "drml-fake-2"}
    assert len(view.calls) == 2


async def test_a_reply_is_a_word_too() -> None:
    view = FakeView()
    words = LastWords({"drml": client(view, "drml")}, 1, Clock())
    words.note("drml", "drml-9")
    assert await words.generations(["drml"]) == {"drml": "drml-9"}
    assert view.calls == []


async def test_one_that_is_away_or_loading_silences_all() -> None:
    drml, caption, clock = FakeView(), FakeCaptionView(), Clock()
    words = LastWords({"drml": client(drml, "drml"), "caption": client(caption, "caption")}, 1, clock)
    both = ["drml", "caption"]
    assert await words.generations(both) == {"drml": "drml-fake-1", "caption": "caption-fake-1"}
    clock.now += 1
    caption.state = "loading"
    assert await words.generations(both) is None
    assert await words.generations(["drml"]) == {"drml": "drml-fake-1"}
    clock.now += 1
    caption.state, caption.delay_s = "ready", 30.0
    async with asyncio.timeout(20):
        assert await words.generations(both) is None
    clock.now += 1
    caption.delay_s = 0.0
    caption.fail_with = 500
    assert await words.generations(both) is None
