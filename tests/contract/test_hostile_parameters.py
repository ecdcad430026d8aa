"""Parameters and ids that mean harm: 404 or 422 from every service, and no file is touched by an id."""

import json
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from pathlib import Path

import httpx
import pytest

from tests.contract.services import SERVED
from tests.fakes.drawn import drawn

COUNTS = ["0", "-1", "1e9", "1000000000", "NaN", "inf", "0x10", "1.5", "", " ", "5;drop", "%00", "9" * 5_000]
IDS = [
    "../../etc/passwd",
    "%2e%2e",
    "%2e%2e%2f%2e%2e%2fetc%2fpasswd",
    "..%2f..%2fetc%2fpasswd",
    "%00",
    "a%00b",
]
IDS += [
    "..%5c..%5cwindows",
    "%252e%252e",
    "%ff",
    "a%0d%0aX: y",
    "~root",
    "file:%2f%2f%2fetc%2fpasswd",
    "x" * 300,
]
NAMES = [
    "../../etc/passwd",
    "..",
    "/etc/passwd",
    "%2e%2e",
    "file:///etc/passwd",
    "http://127.0.0.1:1/x",
    "'; --",
]
ASKED = {
    "gateway": ("/similar", "/divergent"),
    "drml_service": ("/nearest", "/farthest"),
    "caption_service": ("/similar", "/divergent"),
}
Clients = dict[str, httpx.AsyncClient]
Record = Callable[[str, object], None]


@pytest.fixture
async def clients(tmp_path: Path) -> AsyncIterator[Clients]:
    """One of each service."""
    async with AsyncExitStack() as stack:
        yield {
            name: await stack.enter_async_context(service(tmp_path / name))
            for name, service in SERVED.items()
        }


def wrong(replies: list[httpx.Response], allowed: set[int]) -> list[str]:
    """What was answered with another status, or not as a problem document, or with a file of the machine."""
    return [
        f"{reply.status_code} {reply.request.url}: {reply.text[:200]}"
        for reply in replies
        if reply.status_code not in allowed
        or reply.headers["content-type"] != "application/problem+json"
        or "root:" in reply.text
    ]


async def test_counts_out_of_range(clients: Clients, record_property: Record) -> None:
    replies = list[httpx.Response]()
    for service, paths in ASKED.items():
        for path in paths:
            for count in COUNTS:
                for body in ({"image_id": "a"}, {"image_id": "nobody"}):
                    replies.append(await clients[service].post(path, params={"n": count}, json=body))
    for count in COUNTS:
        replies.append(await clients["gateway"].get("/images", params={"limit": count}))
    # A view ranks up to 100,000; no service ranks 0, or a billion.
    assert wrong(replies, {422}) == []
    record_property("tried requests", len(replies))


async def test_ids_in_a_path_are_keys(clients: Clients, record_property: Record) -> None:
    gateway, replies = clients["gateway"], list[httpx.Response]()
    for image_id in IDS:
        for end in ("", "/content", "/content?size=thumb"):
            replies.append(await gateway.get(f"/images/{image_id}{end}"))
        replies.append(await gateway.delete(f"/images/{image_id}"))
        replies.append(await gateway.get(f"/users/{image_id}/history?limit=0"))
    assert wrong(replies, {404, 422}) == []
    record_property("tried requests", len(replies))


async def test_ids_in_a_body_are_keys(clients: Clients, record_property: Record) -> None:
    replies = list[httpx.Response]()
    for name in NAMES:
        for service, paths in ASKED.items():
            for path in paths:
                replies.append(await clients[service].post(path, json={"image_id": name}))
    for service in ASKED:
        replies.append(await clients[service].post(ASKED[service][0], json={"image_id": "a\u0000b"}))
    assert wrong(replies, {404, 422}) == []
    record_property("tried requests", len(replies))


async def test_what_is_no_number_in_json(clients: Clients, record_property: Record) -> None:
    """NaN, infinities and numbers past every limit, where a weight, a filter or a whole body belongs."""
    bodies = [
        '{"history": [{"image_id": "a", "weight": NaN}]}',
        '{"history": [{"image_id": "a", "weight": 1e999}]}',
        '{"history": [{"image_id": "a", "weight": -1}]}',
        '{"history": [{"image_id": "a", "weight": 0}]}',
        '{"image_id": NaN}',
        '{"image_id": 5}',
        '{"image_id": {"$gt": ""}}',
        json.dumps({"image_id": "a", "exclude": ["x"] * 10 + [{}]}),
        "[" * 50_000,
    ]
    replies = [
        await clients[service].post(paths[0], content=body, headers={"Content-Type": "application/json"})
        for service, paths in ASKED.items()
        for body in bodies
    ]
    assert wrong(replies, {400, 413, 422}) == []
    record_property("tried requests", len(replies))


def names_below(folder: Path) -> set[str]:
    """The names of every file and folder."""
    return {path.name for path in folder.rglob("*")}


async def test_an_id_like_a_path_stays_in_the_catalogue(clients: Clients, tmp_path: Path) -> None:
    """It can even be one: kept, given back and deleted as a key."""
    gateway, before = clients["gateway"], names_below(tmp_path.parent)
    for image_id in ("..%2F..%2Fescaped", "%2Fabsolute%2Fescaped", "%2E%2E"):
        reply = await gateway.put(
            f"/images/{image_id}", content=drawn(9, size=(20, 15)), headers={"Content-Type": "image/png"}
        )
        assert reply.status_code in {201, 202}
        assert (await gateway.get(f"/images/{image_id}/content")).status_code == 200
    assert "escaped" not in names_below(tmp_path.parent) - before
