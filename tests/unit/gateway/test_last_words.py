"""What the views said last: asked for once by many, again after a while, and none of it without all."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import httpx
import pytest

from diversity_gateway.clients import ViewClient
from diversity_gateway.dialects import CAPTION, DRML
from diversity_gateway.last_words import FRESH_S, LATELY_S, SILENCE_S, LastWords
from tests.fakes.over_httpx import OverHttpx
from tests.fakes.view import FakeCaptionView, FakeView
from tests.fakes.waiting import eventually


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
    clock.now += 0.01
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
    clock.now += FRESH_S + 0.01
    caption.state = "loading"
    assert await words.generations(both) is None
    assert await words.generations(["drml"]) == {"drml": "drml-fake-1"}
    clock.now += FRESH_S + 0.01
    caption.state, caption.delay_s = "ready", 30.0
    async with asyncio.timeout(20):
        assert await words.generations(both) is None
    clock.now += FRESH_S + 0.01
    caption.delay_s = 0.0
    caption.fail_with = 500
    assert await words.generations(both) is None


async def test_one_that_said_nothing_is_asked_again_soon() -> None:
    view, clock = FakeView(state="loading"), Clock()
    words = LastWords({"drml": client(view, "drml")}, 1, clock)
    assert await words.generations(["drml"]) is None
    view.state = "ready"
    assert await words.generations(["drml"]) is None, "not for every question"
    clock.now += SILENCE_S + 0.01
    assert await words.generations(["drml"]) == {"drml": "drml-fake-1"}


@asynccontextmanager
async def listening(words: LastWords) -> AsyncIterator[None]:
    """With the task that listens; it ends when it is told to."""
    task = asyncio.create_task(words.watch())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        assert task.cancelled()


async def test_words_are_renewed_while_they_are_asked_for() -> None:
    view, clock = FakeView(), Clock()
    words = LastWords({"drml": client(view, "drml")}, 1, clock, renew_s=0.01)
    async with listening(words):
        await asyncio.sleep(0.05)
        assert view.calls == [], "nobody asked"
        assert await words.generations(["drml"]) == {"drml": "drml-fake-1"}
        view.artifact = "drml-fake-2"

        async def is_known() -> bool:
            clock.now += 0.02
            return await words.generations(["drml"]) == {"drml": "drml-fake-2"}

        await eventually(is_known)
        clock.now += LATELY_S + 1
        await asyncio.sleep(0.1)
        before = len(view.calls)
        await asyncio.sleep(0.1)
        assert len(view.calls) == before, "nobody asked lately"


@pytest.mark.parametrize("failure", ["fails", "hangs"])
async def test_the_watch_notices_that_a_view_is_gone(failure: str) -> None:
    """And that it is back; without a question that would have waited for it."""
    drml, caption = FakeView(), FakeCaptionView()
    views = {"drml": client(drml, "drml"), "caption": client(caption, "caption")}
    words = LastWords(views, 0.2, renew_s=0.01)
    async with listening(words):
        assert await words.generations(["drml", "caption"]) is not None
        caption.fail_with, caption.delay_s = (500, 0.0) if failure == "fails" else (None, 30.0)

        async def is_gone() -> bool:
            return await words.generations(["drml", "caption"]) is None

        await eventually(is_gone)
        assert await words.generations(["drml"]) == {"drml": "drml-fake-1"}
        caption.fail_with, caption.delay_s = None, 0.0

        async def is_back() -> bool:
            return await words.generations(["drml", "caption"]) is not None

        await eventually(is_back)
    for view in views.values():
        await view.aclose()
