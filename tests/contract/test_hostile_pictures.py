"""Hostile and odd files in every form of body, sent to each service: the caller's fault, or accepted.

PILLOW_TESTS names a folder, say of Pillow's own test pictures, whose every file the heavy test sends.
"""

import base64
import os
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from pathlib import Path

import httpx
import pytest

from diversity_contracts.decoders import Decoders
from tests.contract.services import SERVED
from tests.fakes.breaking_decoder import ABORT, HANG, PROGRAM
from tests.fakes.drawn import draw, encoded
from tests.fakes.hostile import bombs, every_kind, no_pictures, of_fewer_colours, polyglots

# Pillow warns of metadata it had to skip in a broken file; whether the pixels decode is what counts.
pytestmark = pytest.mark.filterwarnings("ignore::UserWarning:PIL")
ASKED = {
    "gateway": ("/similar", "/divergent"),
    "drml_service": ("/nearest", "/embed"),
    "caption_service": ("/similar", "/caption"),
}
TYPES = ("image/jpeg", "image/png", "application/octet-stream", "image/svg+xml")
UPRIGHT = draw(7, size=(20, 15))
Record = Callable[[str, object], None]
Clients = dict[str, httpx.AsyncClient]


@pytest.fixture
async def clients(tmp_path: Path) -> AsyncIterator[Clients]:
    """One of each service."""
    async with AsyncExitStack() as stack:
        yield {
            name: await stack.enter_async_context(service(tmp_path / name))
            for name, service in SERVED.items()
        }


async def sent(clients: Clients, data: bytes, content_type: str) -> list[httpx.Response]:
    """The replies to one file as the body, as a part and in base64, and to adding it."""
    replies, headers = list[httpx.Response](), {"Content-Type": content_type}
    text = base64.b64encode(data).decode()
    for service, paths in ASKED.items():
        for path in paths:
            post = clients[service].post
            replies.append(await post(path, content=data, headers=headers))
            replies.append(await post(path, json={"image_base64": text}))
    gateway = clients["gateway"]
    replies.append(await gateway.post("/similar", files={"image": ("x.png", data, content_type)}))
    replies.append(await gateway.put("/images/odd?wait=false", content=data, headers=headers))
    replies.append(
        await gateway.put("/images/odd?wait=false", files={"image": ("x.png", data, content_type)})
    )
    return replies


def wrong(replies: list[httpx.Response], allowed: set[int]) -> list[str]:
    """What was answered with another status, or not as a problem document."""
    return [
        f"{reply.status_code} {reply.request.method} {reply.request.url}: {reply.text[:200]}"
        for reply in replies
        if reply.status_code not in allowed
        or (reply.status_code >= 400 and reply.headers["content-type"] != "application/problem+json")
    ]


@pytest.mark.parametrize("content_type", TYPES)
async def test_what_is_no_picture_is_the_callers_fault(
    clients: Clients, content_type: str, record_property: Record
) -> None:
    tried = 0
    for name, data in no_pictures().items():
        replies = await sent(clients, data, content_type)
        assert wrong(replies, {400, 415}) == [], name
        tried += len(replies)
    record_property("tried requests", tried)
    assert (await clients["gateway"].get("/stats")).json()["catalogue_size"] == 3


async def test_the_content_is_judged_not_the_name(clients: Clients, record_property: Record) -> None:
    """A picture under a wrong type is a picture; it is given out under its own type, and nothing else."""
    gateway = clients["gateway"]
    for name, data in polyglots().items():
        for content_type in ("image/jpeg", "application/octet-stream"):
            assert wrong(await sent(clients, data, content_type), {200, 201, 202}) == [], name
        served = await gateway.get("/images/odd/content")
        assert served.content == data
        assert served.headers["content-type"] in {"image/png", "image/jpeg", "image/bmp"}
        assert served.headers["x-content-type-options"] == "nosniff"
        assert served.headers["content-security-policy"] == "default-src 'none'; sandbox"
    record_property("tried files", len(polyglots()))


async def test_a_bomb_is_refused_by_its_header(clients: Clients, record_property: Record) -> None:
    tried = 0
    for name, data in bombs().items():
        replies = await sent(clients, data, "image/png")
        assert wrong(replies, {413}) == [], name
        tried += len(replies)
    record_property("tried requests", tried)


async def test_every_kind_of_picture_is_accepted(clients: Clients, record_property: Record) -> None:
    files = dict(every_kind(UPRIGHT)) | {name: data for name, (data, _) in of_fewer_colours(UPRIGHT).items()}
    tried = 0
    for name, data in files.items():
        replies = await sent(clients, data, "image/png")
        assert wrong(replies, {200, 201, 202}) == [], name
        tried += len(replies)
    record_property("tried requests", tried)


async def test_what_crashes_or_hangs_its_decoder_is_refused_and_the_next_is_fine(
    tmp_path: Path, record_property: Record
) -> None:
    decoders, tried = Decoders(2, seconds=1.0, program=PROGRAM), 0
    async with AsyncExitStack() as stack:
        stack.callback(decoders.close)
        clients = {
            name: await stack.enter_async_context(service(tmp_path / name, decoders.decode))
            for name, service in SERVED.items()
        }
        calls = {  # the gateway's queries are decoded by the views, which are fakes here
            "gateway": ("PUT", "/images/odd?wait=false"),
            "drml_service": ("POST", "/embed"),
            "caption_service": ("POST", "/caption"),
        }
        for broken in (ABORT, HANG):
            replies = [
                await clients[name].request(
                    method, path, content=broken, headers={"Content-Type": "image/webp"}
                )
                for name, (method, path) in calls.items()
            ]
            assert wrong(replies, {400}) == [], broken
            assert {reply.json()["title"] for reply in replies} == {"Not a decodable picture"}
            tried += len(replies)
            assert wrong(await sent(clients, encoded(UPRIGHT), "image/png"), {200, 201, 202}) == []
    record_property("tried requests", tried)


def files_below(folder: Path) -> list[Path]:
    """Every file of a folder, in order."""
    return [path for path in sorted(folder.rglob("*")) if path.is_file()]


@pytest.mark.heavy
@pytest.mark.filterwarnings("ignore::DeprecationWarning:PIL")
async def test_every_file_of_a_folder(clients: Clients, record_property: Record) -> None:
    folder = os.environ.get("PILLOW_TESTS")
    if folder is None:
        pytest.skip("PILLOW_TESTS names no folder of pictures")
    files = files_below(Path(folder))
    record_property("tried files", len(files))
    failed = list[str]()
    for path in files:
        replies = await sent(clients, path.read_bytes(), "application/octet-stream")
        failed += [f"{path}: {line}" for line in wrong(replies, {200, 201, 202, 400, 413, 415})]
    record_property("lost files", len(failed))
    assert files != []
    assert failed == []
