"""The indexer and a view that takes up other artifacts: the next one is fed beside the one that serves."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from diversity_contracts.pictures import content_hash
from diversity_contracts.publishing import point_current
from diversity_gateway.catalogue import Catalogue
from diversity_gateway.clients import ViewClient
from diversity_gateway.content_files import ContentFiles
from diversity_gateway.dialects import DRML
from diversity_gateway.entries import Picture
from diversity_gateway.indexer import Indexer
from diversity_view.state_folder import SERVED
from tests.fakes.live_view import Record, WordEngine, living, publish_word
from tests.fakes.over_httpx import OverHttpx
from tests.fakes.running_view import RunningView
from tests.fakes.waiting import eventually


@dataclass
class Fed:
    """A catalogue, a living view, the indexer between them."""

    catalogue: Catalogue
    files: ContentFiles
    indexer: Indexer
    view: RunningView[WordEngine]
    artifacts: Path

    def put(self, image_id: str, data: bytes) -> int:
        self.files.store(content_hash(data), data)
        seq = self.catalogue.put(image_id, Picture(content_hash(data), "image/png", 8, 8, len(data))).seq
        self.indexer.wake()
        return seq

    async def entries(self) -> dict[str, str]:
        entries: dict[str, str] = (await self.view.client.post("/ask", json={})).json()["entries"]
        return entries

    async def serves(self, artifact: str) -> None:
        """Waits until the gateway knows of it too."""

        async def known() -> bool:
            return self.indexer.model is not None and self.indexer.model.artifact == artifact

        await eventually(known)


@asynccontextmanager
async def feeding(folder: Path, record: Record) -> AsyncIterator[Fed]:
    catalogue, files = Catalogue(folder / "c.sqlite"), ContentFiles(folder)
    async with living(folder / "view", record) as view:
        client = ViewClient("http://view", DRML, exchange=OverHttpx(httpx.ASGITransport(view.app)))
        indexer = Indexer("drml", client, catalogue, files, poll_s=0.05)
        task = asyncio.create_task(indexer.run())
        try:
            yield Fed(catalogue, files, indexer, view, folder / "view" / "artifacts")
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            await client.aclose()
            catalogue.close()


async def test_another_artifact_is_fed_and_serves(tmp_path: Path) -> None:
    record = Record()
    async with feeding(tmp_path, record) as fed:
        for number in range(70):
            fed.put(f"p{number}", b"x" * (number + 1))
        fed.catalogue.delete("p0")
        one = publish_word(fed.artifacts, "one", 1).name
        await fed.serves(one)
        wanted = {f"p{number}": f"one {number + 1}" for number in range(1, 70)}
        async with asyncio.timeout(60):
            await fed.indexer.wait_for(fed.catalogue.state().version)
        assert await fed.entries() == wanted

        two = publish_word(fed.artifacts, "two", 2).name
        await fed.serves(two)
        assert await fed.entries() == {key: said.replace("one", "two") for key, said in wanted.items()}

        # Back again: what came since is all that is encoded.
        encoded = record.encoded
        seq = fed.put("new", b"new")
        async with asyncio.timeout(60):
            await fed.indexer.wait_for(seq)
        assert record.encoded == encoded + 1
        point_current(fed.artifacts, "drml", one)
        await fed.serves(one)
        assert await fed.entries() == {**wanted, "new": "one 3"}
        assert record.encoded == encoded + 2


async def test_another_precision_after_a_restart_is_fed_and_serves(tmp_path: Path) -> None:
    """What is asked meanwhile is answered by the old one, and what is written meanwhile is in both."""
    record = Record()
    async with feeding(tmp_path, record) as fed:
        for number in range(3):
            fed.put(f"p{number}", b"x" * (number + 1))
        async with asyncio.timeout(60):
            await fed.indexer.wait_for(3)
        await eventually(lambda: is_noted(tmp_path / "view"))
    record.forms = ["int8", "float32"]
    async with feeding(tmp_path, record) as fed:
        fed.put("new", b"new")

        async def is_swapped() -> bool:
            found = (await fed.view.client.post("/ask", json={})).json()
            assert "entries" not in found or len(found["entries"]) >= 3
            return bool(found.get("word") == "starter/int8")

        await eventually(is_swapped)
        assert await fed.entries() == {
            "p0": "starter/int8 1", "p1": "starter/int8 2", "p2": "starter/int8 3", "new": "starter/int8 3",
        }  # fmt: skip


async def is_noted(folder: Path) -> bool:
    """Whether a start would find what serves."""
    return (folder / "state" / SERVED).exists()


async def test_what_is_written_meanwhile_is_in_whatever_serves(tmp_path: Path) -> None:
    """Each write is waited for; from then on it is found, before and after every swap."""
    async with feeding(tmp_path, Record()) as fed:
        written = set[str]()
        for day in range(1, 6):
            name = publish_word(fed.artifacts, f"word{day}", day).name
            for number in range(8):
                image_id = f"p{day}-{number}"
                seq = fed.put(image_id, image_id.encode())
                async with asyncio.timeout(60):
                    await fed.indexer.wait_for(seq)
                written.add(image_id)
                assert (await fed.entries()).keys() >= written
            await fed.serves(name)
            assert (await fed.entries()).keys() == written
