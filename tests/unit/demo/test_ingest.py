"""Bringing pictures into a catalogue, against a gateway that keeps them in memory."""

import asyncio
import hashlib
import threading
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import httpx
import pytest

from demo.catalogue import Catalogue
from demo.failures import DemoFailed
from demo.folder import list_pictures
from demo.ingest import ingest, missing, wait_indexed
from diversity_contracts.bodies import FormBody, Limits, read_body


async def _chunks(data: bytes) -> Any:
    yield data


@dataclass
class FakeGateway:
    """The catalogue's calls over a dictionary; pages of two, and busy on the first `busy` puts."""

    images: dict[str, dict[str, Any]] = field(default_factory=dict)
    puts: list[str] = field(default_factory=list)
    busy: int = 0
    failing: int | None = None
    pending: list[int] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def __call__(self, request: httpx.Request) -> httpx.Response:
        with self.lock:
            path = request.url.raw_path.decode().partition("?")[0]
            if self.failing is not None:
                return httpx.Response(self.failing, json={"detail": "the disk is full"})
            if path == "/stats":
                left = self.pending.pop(0) if len(self.pending) > 1 else self.pending[0]
                return httpx.Response(
                    200, json={"views": {"one": {"pending": left // 2}, "two": {"pending": left - left // 2}}}
                )
            if path == "/images":
                return self._page(int(request.url.params.get("cursor", "0")))
            return self._put(unquote(path.removeprefix("/images/")), request)

    def _page(self, start: int) -> httpx.Response:
        entries = sorted(self.images.values(), key=lambda entry: str(entry["image_id"]))
        cursor = str(start + 2) if start + 2 < len(entries) else None
        return httpx.Response(200, json={"images": entries[start : start + 2], "next_cursor": cursor})

    def _put(self, image_id: str, request: httpx.Request) -> httpx.Response:
        if self.busy > 0:
            self.busy -= 1
            return httpx.Response(429, headers={"Retry-After": "0"}, json={"detail": "too many at once"})
        assert request.url.params["wait"] == "false"
        self.puts.append(image_id)
        body = asyncio.run(
            read_body(request.headers["content-type"], None, _chunks(request.content), Limits())
        )
        assert isinstance(body, FormBody)
        (image,) = body.named("image")
        if image.data.startswith(b"no picture"):
            return httpx.Response(400, json={"detail": "The picture is broken."})
        self.images[image_id] = {
            "image_id": image_id,
            "content_hash": hashlib.sha256(image.data).hexdigest(),
            "captions": [part.text() for part in body.named("caption")],
            "metadata": httpx.Response(200, content=body.named("metadata")[0].data).json(),
        }
        return httpx.Response(202, json={})


def _catalogue(gateway: FakeGateway) -> Catalogue:
    return Catalogue("http://gateway", httpx.MockTransport(gateway))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for number in range(5):
        (tmp_path / "a b").mkdir(exist_ok=True)
        (tmp_path / f"a b/ö{number}%.png").write_bytes(b"picture %d" % number)
    (tmp_path / "a b/ö0%.txt").write_text("An apple.")
    return tmp_path


def test_everything_arrives_with_its_id_caption_and_class(folder: Path) -> None:
    gateway = FakeGateway(busy=3)
    result = ingest(_catalogue(gateway), list_pictures(folder), quiet=True)
    assert (result.added, result.already_there, result.refused) == (5, 0, {})
    assert sorted(gateway.images) == [f"a b/ö{number}%" for number in range(5)]
    assert gateway.images["a b/ö0%"] == {
        "image_id": "a b/ö0%",
        "content_hash": hashlib.sha256(b"picture 0").hexdigest(),
        "captions": ["An apple."],
        "metadata": {"class": "a b"},
    }


def test_a_second_time_only_what_changed_is_sent(folder: Path) -> None:
    gateway = FakeGateway()
    ingest(_catalogue(gateway), list_pictures(folder), quiet=True)
    gateway.puts.clear()
    assert ingest(_catalogue(gateway), list_pictures(folder), quiet=True).already_there == 5
    assert gateway.puts == []
    (folder / "a b/ö1%.png").write_bytes(b"other bytes")
    (folder / "a b/ö2%.txt").write_text("A new caption.")
    result = ingest(_catalogue(gateway), list_pictures(folder), quiet=True)
    assert (result.added, result.already_there) == (2, 3)
    assert sorted(gateway.puts) == ["a b/ö1%", "a b/ö2%"]
    assert missing(list_pictures(folder), _catalogue(gateway).entries()) == []


def test_a_refused_picture_costs_itself_only(folder: Path) -> None:
    (folder / "a b/ö3%.png").write_bytes(b"no picture")
    result = ingest(_catalogue(FakeGateway()), list_pictures(folder), quiet=True)
    assert result.added == 4
    assert result.refused == {"a b/ö3%": "The picture is broken."}


def test_a_gateway_that_is_not_well_stops_the_ingest_with_its_own_word(folder: Path) -> None:
    with pytest.raises(DemoFailed, match=r"answered 507 to GET /images: the disk is full"):
        ingest(_catalogue(FakeGateway(failing=507)), list_pictures(folder), quiet=True)


def test_waiting_ends_when_every_view_has_everything() -> None:
    gateway, checks = FakeGateway(pending=[5, 3, 3, 4, 0]), []
    wait_indexed(_catalogue(gateway), lambda: checks.append(1), quiet=True)
    assert gateway.pending == [0]
    assert len(checks) == 4


def test_waiting_ends_when_a_service_has_ended() -> None:
    def ended() -> None:
        raise DemoFailed("drml_service has ended")

    with pytest.raises(DemoFailed, match="has ended"):
        wait_indexed(_catalogue(FakeGateway(pending=[5])), ended, quiet=True)


def test_a_view_that_stalls_is_reported() -> None:
    with pytest.raises(DemoFailed, match="5 pictures are waiting"):
        wait_indexed(_catalogue(FakeGateway(pending=[5])), lambda: None, quiet=True, stall_s=0.3)
