"""The catalogue's calls."""

import asyncio
import json
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from diversity_contracts.pictures import content_hash
from tests.contract.gateway.conftest import PNG, Gateway, gateway_over, grey, problem
from tests.fakes.view import FakeView
from tests.fakes.waiting import eventually

IDS = ["plain", "fish/trout", "a/content", "content", "100% sure?", "ünïcode 画像", "a&b=c#d", "/", "+"]
DOTS = [".", "..", "../../etc/passwd"]


async def test_new_replaced_the_same(gateway: Gateway) -> None:
    reply = await gateway.put("a", grey(1))
    assert reply.status_code == 201
    entry = reply.json()
    assert entry.pop("created") == entry.pop("updated")
    assert entry == {
        "image_id": "a",
        "content_hash": content_hash(grey(1)),
        "media_type": "image/png",
        "width": 8,
        "height": 8,
        "bytes": len(grey(1)),
        "captions": [],
        "metadata": {},
        "image_url": "/images/a/content",
        "blank": True,
        "searchable": True,
        "refused": {},
    }
    assert (await gateway.put("a", grey(1))).status_code == 200
    stats = (await gateway.http.get("/stats")).json()
    assert (stats["catalogue_size"], stats["version"]) == (1, 1)
    assert (await gateway.put("a", grey(2))).status_code == 200
    assert gateway.view.entries == {"a": (2, 2, 2)}
    assert (await gateway.http.get("/stats")).json()["version"] == 2


@pytest.mark.parametrize("image_id", IDS + DOTS)
async def test_any_id_goes_round(gateway: Gateway, image_id: str) -> None:
    path = f"/images/{quote(image_id, safe='')}"
    if image_id in {".", ".."}:
        path = path.replace(".", "%2E")  # clients fold dot segments away before they send them
    assert (await gateway.http.put(path, content=grey(5), headers=PNG)).status_code == 201
    entry = (await gateway.http.get(path)).json()
    assert entry["image_id"] == image_id
    assert (await gateway.http.get(path + "/content")).content == grey(5)
    if image_id not in DOTS:
        assert (await gateway.http.get(entry["image_url"])).status_code == 200
    listed = (await gateway.http.get("/images")).json()["images"]
    assert [item["image_id"] for item in listed] == [image_id]
    assert (await gateway.http.delete(path)).status_code == 204
    problem(await gateway.http.get(path), 404, "unknown-id")
    assert sorted(path.name for path in gateway.state.iterdir() if path.is_dir()) == [
        "content", "incoming", "thumbnails",
    ]  # fmt: skip


@pytest.mark.parametrize("path", ["%00", "a%00b", "%ff", "x" * 257, "a%0Ab"])
async def test_ids_refused(gateway: Gateway, path: str) -> None:
    problem(await gateway.http.put(f"/images/{path}", content=grey(1), headers=PNG), 422, "invalid-parameter")


async def test_captions_and_metadata(gateway: Gateway) -> None:
    form: list[tuple[str, Any]] = [
        ("image", ("x.png", grey(1), "image/png")),
        ("caption", (None, " a dog runs ")),
        ("caption", (None, "<b>a dog</b>")),
        ("metadata", (None, '{"class": "dog", "n": 1, "x": 0.5, "ok": true}')),
    ]
    reply = await gateway.http.put("/images/a", files=form)
    assert reply.status_code == 201
    entry = reply.json()
    assert entry["captions"] == ["a dog runs", "<b>a dog</b>"]
    assert entry["metadata"] == {"class": "dog", "n": 1, "x": 0.5, "ok": True}
    assert gateway.view.batches[-1].changes[0].captions == entry["captions"]
    assert (await gateway.put("a", grey(1))).json()["captions"] == entry["captions"]
    cleared = await gateway.http.put("/images/a", files=[form[0], ("caption", (None, ""))])
    assert (cleared.json()["captions"], cleared.json()["metadata"]) == ([], entry["metadata"])


@pytest.mark.parametrize(
    ("parts", "status", "slug"),
    [
        ([], 422, "invalid-parameter"),
        ([("caption", "x" * 1_001)], 422, "invalid-parameter"),
        ([("metadata", "[]")], 400, "malformed-request"),
        ([("metadata", '{"a": {}}')], 422, "invalid-parameter"),
        ([("metadata", '{"a": NaN}')], 400, "malformed-request"),
        ([("metadata", json.dumps({"a": "x" * 9_000}))], 422, "invalid-parameter"),
        ([("metadata", "{}"), ("metadata", "{}")], 422, "invalid-parameter"),
        ([("image", "second")], 422, "invalid-parameter"),
        ([("captions", "x")], 422, "invalid-parameter"),
    ],
)
async def test_forms_refused(gateway: Gateway, parts: list[tuple[str, str]], status: int, slug: str) -> None:
    first: list[tuple[str, Any]] = (
        [("image", ("x", grey(1), ""))] if parts else [("caption", (None, "alone"))]
    )
    form = [*first, *((name, (None, value)) for name, value in parts)]
    problem(await gateway.http.put("/images/a", files=form), status, slug)
    assert (await gateway.http.get("/stats")).json()["version"] == 0


async def test_not_waiting_and_waiting_in_vain(tmp_path: Path) -> None:
    async with gateway_over(FakeView(), tmp_path, wait_s=0.2) as gateway:
        gateway.view.feeding.clear()
        reply = await gateway.put("a", grey(1), wait="false")
        assert (reply.status_code, reply.json()["searchable"]) == (202, False)
        assert (await gateway.put("b", grey(2))).status_code == 202
        assert (await gateway.http.get("/stats")).json()["views"]["drml"]["pending"] == 2
        gateway.view.feeding.set()

        async def searchable() -> bool:
            return (await gateway.put("b", grey(2), wait="false")).status_code == 200

        await eventually(searchable)
        stats = (await gateway.http.get("/stats")).json()
        assert stats["views"]["drml"] == {
            "artifact": "drml-fake-1", "indexed": 2, "pending": 0, "refused": 0, "reachable": True,
        }  # fmt: skip


async def test_a_deleted_picture_is_in_no_answer_even_before_the_view_knows(tmp_path: Path) -> None:
    async with gateway_over(FakeView(), tmp_path) as gateway:
        await gateway.fill(a=1, b=2)
        gateway.view.feeding.clear()
        assert (await gateway.http.delete("/images/b?wait=false")).status_code == 204
        answer = (await gateway.http.post("/similar", content=grey(2), headers=PNG)).json()
        gateway.view.feeding.set()
        assert [result["image_id"] for result in answer["results"]] == ["a"]
        assert answer["exact"] is False
        problem(await gateway.http.delete("/images/b"), 404, "unknown-id")


async def test_listing_in_pages(gateway: Gateway) -> None:
    await gateway.fill(c=3, a=1, b=2)
    first = (await gateway.http.get("/images?limit=2")).json()
    assert [entry["image_id"] for entry in first["images"]] == ["a", "b"]
    assert (first["catalogue_size"], first["version"]) == (3, 3)
    second = (await gateway.http.get("/images", params={"limit": 2, "cursor": first["next_cursor"]})).json()
    assert [entry["image_id"] for entry in second["images"]] == ["c"]
    assert second["next_cursor"] is None
    for query in ("limit=0", "limit=1001", "limit=x", "cursor=%21", "page=2"):
        problem(await gateway.http.get(f"/images?{query}"), 422, "invalid-parameter")


async def test_many_at_once(gateway: Gateway) -> None:
    files = [
        ("image", ("./birds/owl.png", grey(1), "image/png")),
        ("image", ("birds/hawk.png", grey(2), "image/png")),
        ("image", ("birds/owl.png", grey(3), "image/png")),
        ("image", ("../up.png", grey(4), "image/png")),
        ("image", ("/abs.png", grey(4), "image/png")),
        ("image", ("broken.png", b"broken", "image/png")),
    ]
    reply = await gateway.http.post("/images", files=files)
    assert reply.status_code == 200
    results = reply.json()["results"]
    assert [(result["image_id"], result["status"]) for result in results] == [
        ("birds/owl.png", 201),
        ("birds/hawk.png", 201),
        ("birds/owl.png", 409),
        (None, 422),
        (None, 422),
        ("broken.png", 400),
    ]
    assert results[2]["problem"]["type"] == "urn:diversity:problem:conflict"
    assert results[0]["problem"] is None
    assert gateway.view.entries == {"birds/owl.png": (1, 1, 1), "birds/hawk.png": (2, 2, 2)}
    again = await gateway.http.post("/images", files=files[:2])
    assert [result["status"] for result in again.json()["results"]] == [200, 200]


async def test_a_batch_is_a_form_of_pictures(gateway: Gateway) -> None:
    problem(await gateway.http.post("/images", content=grey(1), headers=PNG), 415, "unsupported-type")
    problem(await gateway.http.post("/images", files={"caption": (None, "x")}), 422, "invalid-parameter")
    many = [("image", (f"{number}", b"x", "")) for number in range(1_001)]
    problem(await gateway.http.post("/images", files=many), 413, "too-large")


async def test_the_catalogue_survives_a_restart(tmp_path: Path) -> None:
    async with gateway_over(FakeView(), tmp_path) as gateway:
        await gateway.fill(a=1, b=2)
    empty = FakeView()
    async with gateway_over(empty, tmp_path) as gateway:
        assert (await gateway.http.get("/images/a/content")).content == grey(1)

        async def fed() -> bool:
            return empty.entries == {"a": (1, 1, 1), "b": (2, 2, 2)}

        await eventually(fed)


async def test_a_write_tells_what_it_wrote_though_somebody_deleted_it_meanwhile(gateway: Gateway) -> None:
    gateway.view.feeding.clear()
    writing = asyncio.create_task(gateway.put("a", grey(1)))

    async def deleted() -> bool:
        return (await gateway.http.delete("/images/a?wait=false")).status_code == 204

    await eventually(deleted)
    gateway.view.feeding.set()
    reply = await writing
    assert reply.status_code in {201, 202}, reply.text
    assert reply.json()["image_id"] == "a"
    assert (await gateway.http.get("/images/a")).status_code == 404
