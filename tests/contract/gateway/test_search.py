"""`/divergent` and `/similar`: exact answers over a view whose distances are easy to work out."""

import asyncio
import base64
import math
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from tests.contract.gateway.conftest import PNG, Gateway, gateway_over, grey, problem
from tests.fakes.view import FakeView
from tests.fakes.waiting import eventually


def ids(reply: httpx.Response) -> list[str]:
    assert reply.status_code == 200, reply.text
    return [result["image_id"] for result in reply.json()["results"]]


async def ask(gateway: Gateway, mode: str, body: dict[str, object], **parameters: str) -> httpx.Response:
    return await gateway.http.post(f"/{mode}", json=body, params=parameters)


async def test_the_whole_answer(gateway: Gateway) -> None:
    await gateway.fill(dark=10, mid=100, light=200)
    await gateway.http.put(
        "/images/fish%2Ftrout",
        files=[
            ("image", ("t.png", grey(250), "image/png")),
            ("caption", (None, "a trout")),
            ("caption", (None, "a fish")),
            ("metadata", (None, '{"class": "fish"}')),
        ],
    )
    reply = await gateway.http.post("/divergent?n=2", content=grey(0), headers=PNG)
    answer = reply.json()
    assert isinstance(answer.pop("took_ms"), float)
    assert isinstance(answer["views"]["drml"].pop("took_ms"), float)
    assert isinstance(answer.pop("next_cursor"), str)
    assert answer == {
        "mode": "divergent",
        "n": 2,
        "query": {"caption": None, "image_ids": []},
        "results": [
            {
                "rank": 1,
                "image_id": "fish/trout",
                "divergence": 1.0,
                "similarity": 0.0,
                "caption": "a trout",
                "caption_source": "human",
                "metadata": {"class": "fish"},
                "image_url": "/images/fish%2Ftrout/content",
                "views": {"drml": {"distance": 250 * math.sqrt(3), "percentile": 1.0}},
                "agreement": None,
                "explanation": None,
            },
            {
                "rank": 2,
                "image_id": "light",
                "divergence": pytest.approx(2 / 3),
                "similarity": pytest.approx(1 / 3),
                "caption": None,
                "caption_source": None,
                "metadata": {},
                "image_url": "/images/light/content",
                "views": {"drml": {"distance": 200 * math.sqrt(3), "percentile": pytest.approx(2 / 3)}},
                "agreement": None,
                "explanation": None,
            },
        ],
        "views": {"drml": {"status": "ok", "artifact": "drml-fake-1"}},
        "degraded": [],
        "exact": True,
        "catalogue_size": 4,
    }


async def test_every_body_form_asks_the_same(gateway: Gateway) -> None:
    await gateway.fill(a=10, b=100, c=200)
    picture = grey(90)
    untyped = {"Content-Type": "application/octet-stream"}
    replies = [
        await gateway.http.post("/similar", content=picture, headers=PNG),
        await gateway.http.post("/similar", content=picture, headers=untyped),
        await gateway.http.post("/similar", files={"image": ("x.png", picture, "image/png")}),
        await ask(gateway, "similar", {"image_base64": base64.b64encode(picture).decode()}),
    ]
    assert [ids(reply) for reply in replies] == [["b", "a", "c"]] * 4


async def test_by_id_the_own_entry_is_neither_counted_nor_returned(gateway: Gateway) -> None:
    await gateway.fill(a=10, b=100, c=200)
    answer = (await ask(gateway, "similar", {"image_id": "b"})).json()
    assert answer["query"]["image_ids"] == ["b"]
    assert [(entry["image_id"], entry["divergence"]) for entry in answer["results"]] == [("a", 0), ("c", 1)]
    assert ids(await ask(gateway, "divergent", {"image_id": "b"})) == ["c", "a"]


async def test_put_then_similar_is_rank_one_at_distance_zero_then_deleted_it_is_gone(
    gateway: Gateway,
) -> None:
    await gateway.fill(a=10, b=100)
    await gateway.put("new", grey(55))
    first = (await gateway.http.post("/similar", content=grey(55), headers=PNG)).json()["results"][0]
    assert (first["image_id"], first["rank"], first["views"]["drml"]["distance"]) == ("new", 1, 0.0)
    assert (await gateway.http.delete("/images/new")).status_code == 204
    assert ids(await gateway.http.post("/similar", content=grey(55), headers=PNG)) == ["a", "b"]


async def test_exclude_in_the_body_and_as_parameter(gateway: Gateway) -> None:
    await gateway.fill(a=10, b=100, c=200, d=250)
    answer = (await ask(gateway, "similar", {"image_id": "a", "exclude": ["b"]})).json()
    assert [(entry["image_id"], entry["divergence"]) for entry in answer["results"]] == [
        ("c", 0.5),
        ("d", 1.0),
    ]
    reply = await gateway.http.post("/similar?exclude=a&exclude=c", content=grey(0), headers=PNG)
    assert ids(reply) == ["b", "d"]


async def test_filter(gateway: Gateway) -> None:
    for number, kind in enumerate(["fish", "bird", "fish", "frog"]):
        await gateway.http.put(
            f"/images/p{number}",
            files=[("image", ("p", grey(number * 10), "")), ("metadata", (None, f'{{"class": "{kind}"}}'))],
        )
    assert ids(await ask(gateway, "similar", {"image_id": "p1", "filter": {"class": "fish"}})) == ["p0", "p2"]
    wanted = {"class": ["fish", "frog"]}
    assert ids(await ask(gateway, "divergent", {"image_id": "p1", "filter": wanted})) == ["p3", "p0", "p2"]
    assert ids(await ask(gateway, "divergent", {"image_id": "p1", "filter": {"class": "cat"}})) == []


async def test_band(gateway: Gateway) -> None:
    await gateway.fill(a=10, b=20, c=30, d=40, e=50)
    reply = await gateway.http.post("/divergent?band=0.25-0.75", content=grey(0), headers=PNG)
    assert ids(reply) == ["d", "c", "b"]
    assert reply.json()["exact"] is True


async def test_views_and_weights_with_one_view(gateway: Gateway) -> None:
    await gateway.fill(a=10, b=20)
    assert ids(await ask(gateway, "similar", {"image_id": "a"}, views="drml", weights="drml:0.7")) == ["b"]
    for name, value in [("views", "caption"), ("weights", "caption:1"), ("weights", "drml:0")]:
        problem(await ask(gateway, "similar", {"image_id": "a"}, **{name: value}), 422, "invalid-parameter")


async def test_pages_equal_the_unpaged_list_and_go_stale(gateway: Gateway) -> None:
    await gateway.fill(**{f"p{number}": number * 20 for number in range(11)})
    whole = ids(await gateway.http.post("/divergent?n=100", content=grey(7), headers=PNG))
    pages, ranks, cursors = list[str](), list[int](), list[str]()
    while True:
        parameters = {"n": "4", "cursor": cursors[-1]} if cursors else {"n": "4"}
        reply = await gateway.http.post("/divergent", content=grey(7), headers=PNG, params=parameters)
        pages += ids(reply)
        ranks += [result["rank"] for result in reply.json()["results"]]
        if reply.json()["next_cursor"] is None:
            break
        cursors.append(reply.json()["next_cursor"])
    last = cursors[-1]
    assert pages == whole
    assert ranks == list(range(1, 12))
    other = await gateway.http.post("/divergent", content=grey(8), headers=PNG, params={"cursor": last})
    assert "another query" in problem(other, 422, "invalid-parameter")
    other = await gateway.http.post("/similar", content=grey(7), headers=PNG, params={"cursor": last})
    problem(other, 422, "invalid-parameter")
    await gateway.http.delete("/images/p0")
    stale = await gateway.http.post("/divergent", content=grey(7), headers=PNG, params={"cursor": last})
    assert "start again" in problem(stale, 410, "stale-cursor")


async def test_a_new_artifact_makes_a_cursor_stale(gateway: Gateway) -> None:
    await gateway.fill(a=10, b=20, c=30)
    cursor = (await ask(gateway, "similar", {"image_id": "a"}, n="1")).json()["next_cursor"]
    gateway.view.artifact = "drml-fake-2"
    problem(await ask(gateway, "similar", {"image_id": "a"}, n="1", cursor=cursor), 410, "stale-cursor")


async def test_an_empty_catalogue(gateway: Gateway) -> None:
    answer = (await gateway.http.post("/divergent", content=grey(7), headers=PNG)).json()
    assert (answer["results"], answer["catalogue_size"], answer["next_cursor"]) == ([], 0, None)


@pytest.mark.parametrize("n", ["0", "-1", "1e9", "NaN", "101", "", "5.5", "١٠١"])
async def test_n_refused(gateway: Gateway, n: str) -> None:
    problem(await ask(gateway, "divergent", {"image_id": "a"}, n=n), 422, "invalid-parameter")


@pytest.mark.parametrize("name", ["diverse", "duplicates", "N", "limit", "image_id"])
async def test_what_is_no_parameter_is_refused(gateway: Gateway, name: str) -> None:
    reply = await ask(gateway, "divergent", {"image_id": "a"}, **{name: "1"})
    assert f"`query.{name}`: not a parameter of this call" in problem(reply, 422, "invalid-parameter")


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"image_id": "a", "image_base64": "YQ=="},
        {"image_id": ""},
        {"image_id": "a\x00"},
        {"image_id": 5},
        {"image_id": "x" * 257},
        {"image_base64": "no base64!"},
        {"image_id": "a", "exclude": "b"},
        {"image_id": "a", "filter": {"k": []}},
        {"image_id": "a", "filter": {"k": {"$ne": 1}}},
        {"user_id": ""},
        {"user_id": "u", "image_id": "a"},
        {"history": []},
        {"history": [{"image_id": "a", "weight": 0}]},
        {"history": [{"image_id": "a", "weight": 1.01}]},
        {"history": ["a"]},
        {"image_id": "a", "limit": 3},
    ],
)
async def test_json_refused(gateway: Gateway, body: dict[str, object]) -> None:
    problem(await ask(gateway, "divergent", body), 422, "invalid-parameter")


@pytest.mark.parametrize(
    ("content_type", "body", "status", "slug"),
    [
        ("application/json", b"{", 400, "malformed-request"),
        ("application/json", b"[]", 400, "malformed-request"),
        ("application/json", b'{"image_id": NaN}', 400, "malformed-request"),
        ("image/png", b"", 400, "malformed-request"),
        ("image/png", b"not a picture", 400, "not-a-picture"),
        ("image/png", grey(1)[:40], 400, "not-a-picture"),
        ("image/svg+xml", b"<svg/>", 415, "unsupported-type"),
        ("text/html", b"<p>", 415, "unsupported-type"),
        ("", b"x", 415, "unsupported-type"),
        ("multipart/form-data", b"x", 400, "malformed-request"),
        ("multipart/form-data; boundary=b", b"--b\r\n", 400, "malformed-request"),
    ],
)
async def test_bodies_refused(
    gateway: Gateway, content_type: str, body: bytes, status: int, slug: str
) -> None:
    headers = {"Content-Type": content_type} if content_type else {}
    problem(await gateway.http.post("/divergent", content=body, headers=headers), status, slug)


async def test_other_parts_of_a_form_are_refused(gateway: Gateway) -> None:
    files = [("image", ("a", grey(1), "")), ("picture", ("b", grey(2), ""))]
    problem(await gateway.http.post("/similar", files=files), 422, "invalid-parameter")


async def test_an_unknown_id_is_404(gateway: Gateway) -> None:
    assert "'nobody'" in problem(await ask(gateway, "similar", {"image_id": "nobody"}), 404, "unknown-id")


async def test_a_picture_that_the_view_lacks_is_asked_by_its_bytes(gateway: Gateway) -> None:
    await gateway.fill(a=10, b=100)
    gateway.view.feeding.clear()
    assert (await gateway.put("c", grey(95), wait="false")).status_code == 202
    answer = (await ask(gateway, "similar", {"image_id": "c"})).json()
    gateway.view.feeding.set()
    assert [entry["image_id"] for entry in answer["results"]] == ["b", "a"]
    assert answer["exact"] is False


@pytest.mark.parametrize("fault", ["500", "nonsense", "slow", "503"])
async def test_a_view_that_fails_is_503_then_recovers(tmp_path: Path, fault: str) -> None:
    async with gateway_over(FakeView(), tmp_path, view_deadline_s=0.5) as gateway:
        await gateway.fill(a=10, b=100)
        view = gateway.view
        view.fail_with = int(fault) if fault.isdecimal() else None
        view.nonsense, view.delay_s = fault == "nonsense", 5.0 if fault == "slow" else 0.0
        started = asyncio.get_running_loop().time()
        reply = await ask(gateway, "similar", {"image_id": "a"})
        problem(reply, 503, "not-ready")
        assert int(reply.headers["retry-after"]) >= 1
        assert asyncio.get_running_loop().time() - started < 4
        assert (await ask(gateway, "similar", {"image_id": "a"}, strict="true")).status_code == 503
        view.fail_with, view.nonsense, view.delay_s = None, False, 0.0

        async def answers() -> bool:
            return (await ask(gateway, "similar", {"image_id": "a"})).status_code == 200

        await eventually(answers)


async def test_a_failed_view_is_not_waited_for_again(tmp_path: Path) -> None:
    async with gateway_over(FakeView(), tmp_path, view_deadline_s=1.0) as gateway:
        await gateway.fill(a=10)
        gateway.view.delay_s = 30.0
        await ask(gateway, "similar", {"image_id": "a"})
        asked = gateway.view.calls.count("/nearest")
        for _ in range(3):
            assert (await ask(gateway, "similar", {"image_id": "a"})).status_code == 503
        assert gateway.view.calls.count("/nearest") == asked


async def test_too_many_at_once(tmp_path: Path) -> None:
    async with gateway_over(FakeView(), tmp_path, max_in_flight=2, max_waiting=0) as gateway:
        await gateway.fill(a=10, b=20)
        gateway.view.delay_s = 1.0
        replies = await asyncio.gather(*(ask(gateway, "similar", {"image_id": "a"}) for _ in range(5)))
        assert sorted(reply.status_code for reply in replies) == [200, 200, 429, 429, 429]
        refused = next(reply for reply in replies if reply.status_code == 429)
        problem(refused, 429, "too-many-requests")
        assert refused.headers["retry-after"] == "1"
        gateway.view.delay_s = 0.0
        assert (await ask(gateway, "similar", {"image_id": "a"})).status_code == 200


async def test_too_large(tmp_path: Path) -> None:
    async with gateway_over(FakeView(), tmp_path, max_body_bytes=1_024 * 1_024) as gateway:
        big = b"x" * (3 * 1_024 * 1_024)

        async def unannounced() -> AsyncIterator[bytes]:
            for _ in range(100):
                yield b"x" * 65_536

        problem(await gateway.http.post("/similar", content=big, headers=PNG), 413, "too-large")
        problem(await gateway.http.post("/similar", content=unannounced(), headers=PNG), 413, "too-large")
        problem(await gateway.http.post("/similar", files={"image": big}), 413, "too-large")
        encoded = base64.b64encode(big[: 2 * 1_024 * 1_024]).decode()
        problem(await ask(gateway, "similar", {"image_base64": encoded}), 413, "too-large")


async def test_a_body_that_trickles_is_cut(tmp_path: Path) -> None:
    async with gateway_over(FakeView(), tmp_path, body_grace_s=0.3) as gateway:

        async def trickle() -> AsyncIterator[bytes]:
            for _ in range(1_000):
                yield b"x"
                await asyncio.sleep(0.05)

        reply = await gateway.http.post("/similar", content=trickle(), headers=PNG)
        problem(reply, 408, "slow-body")
        assert reply.headers["connection"] == "close"
