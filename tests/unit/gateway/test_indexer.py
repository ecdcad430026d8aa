"""The indexer against a view that keeps everything in memory, and misbehaves when told to."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest

from diversity_contracts.pictures import content_hash
from diversity_gateway.batches import BATCH_BYTES, BATCH_PICTURES
from diversity_gateway.catalogue import Catalogue
from diversity_gateway.clients import ViewClient
from diversity_gateway.content_files import ContentFiles
from diversity_gateway.dialects import DRML
from diversity_gateway.entries import Picture
from diversity_gateway.indexer import Indexer
from diversity_gateway.wishes import Refused
from tests.fakes.drawn import encoded, plain
from tests.fakes.over_httpx import OverHttpx
from tests.fakes.view import FakeView


class Feed:
    """A catalogue, a view, and the indexer between them."""

    def __init__(self, folder: Path) -> None:
        self.catalogue = Catalogue(folder / "c.sqlite")
        self.files = ContentFiles(folder)
        self.view = FakeView()
        self.client = ViewClient("http://view", DRML, exchange=OverHttpx(httpx.ASGITransport(self.view.app)))
        self.indexer = Indexer("drml", self.client, self.catalogue, self.files, poll_s=0.05)

    def put(self, image_id: str, colour: tuple[int, int, int], padding: int = 0) -> int:
        data = encoded(plain(colour)) + b"\x00" * padding
        self.files.store(content_hash(data), data)
        seq = self.catalogue.put(image_id, Picture(content_hash(data), "image/png", 8, 8, len(data))).seq
        self.indexer.wake()
        return seq

    def delete(self, image_id: str) -> int:
        seq = self.catalogue.delete(image_id)
        assert seq is not None
        self.indexer.wake()
        return seq

    async def until(self, condition: Callable[[], bool]) -> None:
        async with asyncio.timeout(30):
            while not condition():  # noqa: ASYNC110 - the fake has no event for everything a test may wait for
                await asyncio.sleep(0.01)

    async def in_step(self) -> None:
        async with asyncio.timeout(30):
            await self.indexer.wait_for(self.catalogue.state().version)


@asynccontextmanager
async def feeding(folder: Path, before: Callable[[Feed], None] = lambda _: None) -> AsyncIterator[Feed]:
    feed = Feed(folder)
    before(feed)
    task = asyncio.create_task(feed.indexer.run())
    try:
        yield feed
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await feed.client.aclose()
        feed.catalogue.close()


async def test_what_changes_arrives(tmp_path: Path) -> None:
    async with feeding(tmp_path) as feed:
        feed.put("red", (200, 0, 0))
        feed.put("blue", (0, 0, 200))
        await feed.in_step()
        assert feed.view.entries == {"red": (200, 0, 0), "blue": (0, 0, 200)}
        feed.put("red", (100, 0, 0))
        feed.delete("blue")
        await feed.in_step()
        assert feed.view.entries == {"red": (100, 0, 0)}
        assert feed.view.catalogue_id == feed.catalogue.catalogue_id


async def test_batches_are_bounded(tmp_path: Path) -> None:
    """70 pictures go in batches of 32; two of 5 MB do not go together; equal contents travel once."""

    def fill(feed: Feed) -> None:
        for number in range(70):
            feed.put(f"p{number}", (number, 0, 0))
        for number in range(40):
            feed.put(f"same{number}", (1, 1, 1))
        feed.put("big1", (0, 1, 0), 5 * 1024 * 1024)
        feed.put("big2", (0, 2, 0), 5 * 1024 * 1024)

    async with feeding(tmp_path, fill) as feed:
        await feed.in_step()
        sizes = [len({change.content_hash for change in batch.changes}) for batch in feed.view.batches]
        assert max(sizes) == BATCH_PICTURES
        assert sizes == [32, 32, 8, 1]
        assert [(batch.after, batch.upto) for batch in feed.view.batches] == [
            (0, 32), (32, 64), (64, 111), (111, 112),
        ]  # fmt: skip
        assert len(feed.view.entries) == 112
    assert 5 * 1024 * 1024 < BATCH_BYTES < 10 * 1024 * 1024


@pytest.mark.parametrize("status", [500, 503, 422, 404, 413])
async def test_it_never_gives_up(tmp_path: Path, status: int) -> None:
    async with feeding(tmp_path) as feed:
        feed.view.fail_with = status
        feed.put("red", (200, 0, 0))
        await feed.until(lambda: len(feed.view.calls) >= 2)
        assert feed.view.entries == {}
        feed.view.fail_with = None
        await feed.in_step()
        assert feed.view.entries == {"red": (200, 0, 0)}


async def test_nonsense_is_survived(tmp_path: Path) -> None:
    async with feeding(tmp_path) as feed:
        feed.view.nonsense = True
        feed.put("red", (200, 0, 0))
        await feed.until(lambda: len(feed.view.calls) >= 2)
        feed.view.nonsense = False
        await feed.in_step()


async def test_a_view_that_lost_its_index_is_fed_again(tmp_path: Path) -> None:
    async with feeding(tmp_path) as feed:
        feed.put("red", (200, 0, 0))
        await feed.in_step()
        feed.view.lose_index()
        await feed.until(lambda: feed.view.entries == {"red": (200, 0, 0)})


async def test_another_catalogue_in_the_view_is_replaced(tmp_path: Path) -> None:
    def foreign(feed: Feed) -> None:
        feed.view.entries, feed.view.applied, feed.view.catalogue_id = {"old": (1, 1, 1)}, 500, "another"

    async with feeding(tmp_path, foreign) as feed:
        feed.put("red", (200, 0, 0))
        await feed.in_step()
        assert feed.view.entries == {"red": (200, 0, 0)}
        assert feed.view.batches[0].reset


async def test_a_view_ahead_of_a_restored_catalogue_is_reset(tmp_path: Path) -> None:
    """The view saw changes that a restored backup does not have; numbers alone would hide that."""

    def ahead(feed: Feed) -> None:
        feed.view.entries, feed.view.applied = {"lost": (9, 9, 9)}, 7
        feed.view.catalogue_id = feed.catalogue.catalogue_id
        feed.put("red", (200, 0, 0))

    async with feeding(tmp_path, ahead) as feed:
        await feed.until(lambda: feed.view.entries == {"red": (200, 0, 0)})
        assert feed.view.applied == 1


async def test_an_emptied_catalogue_empties_the_view(tmp_path: Path) -> None:
    def foreign(feed: Feed) -> None:
        feed.view.entries, feed.view.applied, feed.view.catalogue_id = {"old": (1, 1, 1)}, 5, "another"

    async with feeding(tmp_path, foreign) as feed:
        await feed.until(lambda: feed.view.entries == {})
        assert feed.view.catalogue_id == feed.catalogue.catalogue_id


async def test_waiting_ends_when_it_is_applied_and_not_before(tmp_path: Path) -> None:
    async with feeding(tmp_path) as feed:
        feed.view.feeding.clear()
        seq = feed.put("red", (200, 0, 0))
        waiting = asyncio.create_task(feed.indexer.wait_for(seq))
        await feed.until(lambda: "/changes" in feed.view.calls)
        await asyncio.sleep(0.05)
        assert not waiting.done()
        feed.view.feeding.set()
        async with asyncio.timeout(30):
            await waiting
        assert feed.view.entries == {"red": (200, 0, 0)}


@pytest.mark.parametrize("fault", ["down", "loading"])
async def test_a_view_that_takes_nothing_is_not_settled_for(tmp_path: Path, fault: str) -> None:
    async with feeding(tmp_path) as feed:
        feed.put("red", (200, 0, 0))
        await feed.in_step()
        feed.view.fail_with = 500 if fault == "down" else None
        feed.view.state = "ready" if fault == "down" else "loading"
        seq = feed.put("blue", (0, 0, 200))
        async with asyncio.timeout(30):
            await feed.indexer.settle(seq)
        assert feed.indexer.applied < seq
        feed.view.fail_with, feed.view.state = None, "ready"
        await feed.in_step()
        async with asyncio.timeout(30):
            await feed.indexer.settle(seq)
        assert feed.indexer.applied == seq


async def test_what_a_view_refuses_is_followed_and_asked_for(tmp_path: Path) -> None:
    async with feeding(tmp_path) as feed:
        feed.view.refuses = {"odd"}
        feed.put("odd", (9, 9, 9))
        feed.put("red", (200, 0, 0))
        await feed.in_step()
        assert feed.indexer.refusals.known == Refused(2, frozenset({"odd"}))
        # Another gateway over the same state has not seen the refusal.
        again = Indexer("drml", feed.client, feed.catalogue, feed.files, poll_s=0.05)
        task = asyncio.create_task(again.run())
        await feed.until(lambda: again.refusals.known == Refused(2, frozenset({"odd"})))
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        feed.delete("odd")
        await feed.in_step()
        assert feed.indexer.refusals.known == Refused(3, frozenset())


async def test_a_view_that_starts_is_sent_nothing_and_noticed_soon(tmp_path: Path) -> None:
    """It says that it stands at nothing, which is not so: it is only not known yet."""

    def starting(feed: Feed) -> None:
        feed.put("red", (200, 0, 0))
        feed.view.state = "loading"

    async with feeding(tmp_path, starting) as feed:
        await feed.until(lambda: len(feed.view.calls) >= 3)
        assert set(feed.view.calls) == {"/model"}
        feed.view.state = "ready"
        await feed.in_step()
        assert feed.view.entries == {"red": (200, 0, 0)}
