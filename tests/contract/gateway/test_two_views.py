"""Both views behind the gateway: the merged answer, and what is left of it when one of them fails.

The caption view sees three kinds of pictures, dark, grey and bright; sentences of two kinds share two of
four words, so their similarity is 0.5.
"""

import asyncio
import base64
import math
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from tests.contract.gateway.conftest import PNG, Gateway, gateway_over, grey, problem
from tests.fakes.view import FakeCaptionView, FakeView
from tests.fakes.waiting import eventually


@pytest.fixture
def caption() -> FakeCaptionView:
    return FakeCaptionView()


@pytest.fixture
async def both(tmp_path: Path, caption: FakeCaptionView) -> AsyncIterator[Gateway]:
    async with gateway_over(FakeView(), tmp_path, caption) as built:
        yield built


async def describe(gateway: Gateway, image_id: str, level: int, *captions: str) -> None:
    form: list[tuple[str, tuple[str | None, bytes | str, str]]] = [("image", ("p", grey(level), "image/png"))]
    form += [("caption", (None, text, "text/plain")) for text in captions]
    assert (await gateway.http.put(f"/images/{image_id}", files=form)).status_code == 201


async def ask(gateway: Gateway, mode: str, **parameters: str) -> httpx.Response:
    """With a dark picture of level 10 as the query."""
    return await gateway.http.post(f"/{mode}", content=grey(10), headers=PNG, params=parameters)


def ids(reply: httpx.Response) -> list[str]:
    assert reply.status_code == 200, reply.text
    return [result["image_id"] for result in reply.json()["results"]]


async def until_answered(gateway: Gateway, **views: str) -> None:
    """Until `/similar` says these statuses of the views."""
    async with asyncio.timeout(60):
        while True:
            reply = await ask(gateway, "similar")
            said = reply.json().get("views", {})
            if all(said.get(name, {}).get("status") == status for name, status in views.items()):
                return
            await asyncio.sleep(0.02)


async def test_the_whole_answer(both: Gateway) -> None:
    await both.fill(dark=20, grey=100, bright=200)
    await describe(both, "named", 240, "A dark boat at night")
    reply = await ask(both, "divergent", n="2")
    answer = reply.json()
    assert isinstance(answer.pop("took_ms"), float)
    assert isinstance(answer.pop("next_cursor"), str)
    for account in answer["views"].values():
        assert isinstance(account.pop("took_ms"), float)
    # Overlap of "a dark picture": dark 1, grey and bright 2/4, named ("a dark boat at night") 2/6.
    assert answer == {
        "mode": "divergent",
        "n": 2,
        "query": {"caption": "a dark picture", "image_ids": []},
        "results": [
            {
                "rank": 1,
                "image_id": "named",
                "divergence": 1.0,
                "similarity": 0.0,
                "caption": "A dark boat at night",
                "caption_source": "human",
                "metadata": {},
                "image_url": "/images/named/content",
                "views": {
                    "drml": {"distance": pytest.approx(230 * math.sqrt(3)), "percentile": 1.0},
                    "caption": {"similarity": pytest.approx(1 / 3), "percentile": 1.0},
                },
                "agreement": True,
                "explanation": {
                    "only_in_query": ["picture"],
                    "only_in_result": ["boat", "night"],
                    "shared": ["dark"],
                },
            },
            {
                "rank": 2,
                "image_id": "bright",
                "divergence": pytest.approx((2 / 3 + 1 / 2) / 2),
                "similarity": pytest.approx(1 - (2 / 3 + 1 / 2) / 2),
                "caption": "a bright picture",
                "caption_source": "generated",
                "metadata": {},
                "image_url": "/images/bright/content",
                "views": {
                    "drml": {
                        "distance": pytest.approx(190 * math.sqrt(3)),
                        "percentile": pytest.approx(2 / 3),
                    },
                    "caption": {"similarity": 0.5, "percentile": 0.5},
                },
                "agreement": True,
                "explanation": {
                    "only_in_query": ["dark"],
                    "only_in_result": ["bright"],
                    "shared": ["picture"],
                },
            },
        ],
        "views": {
            "drml": {"status": "ok", "artifact": "drml-fake-1"},
            "caption": {"status": "ok", "artifact": "caption-fake-1"},
        },
        "degraded": [],
        "exact": True,
        "catalogue_size": 4,
    }


async def test_where_the_views_disagree(both: Gateway) -> None:
    await both.fill(near=30, far=60)
    await describe(both, "x", 15, "something else")
    results = {entry["image_id"]: entry for entry in (await ask(both, "similar")).json()["results"]}
    assert [results[name]["agreement"] for name in ("near", "far", "x")] == [True, False, False]
    assert results["near"]["views"]["drml"]["percentile"] == 0.5


async def test_every_body_form_asks_the_same(both: Gateway) -> None:
    await both.fill(a=10, b=100, c=200, d=90)
    picture = grey(95)
    replies = [
        await both.http.post("/similar", content=picture, headers=PNG),
        await both.http.post("/similar", files={"image": ("x.png", picture, "image/png")}),
        await both.http.post("/similar", json={"image_base64": base64.b64encode(picture).decode()}),
    ]
    assert [ids(reply) for reply in replies] == [["b", "d", "a", "c"]] * 3
    assert all(reply.json()["exact"] for reply in replies)
    assert {reply.json()["query"]["caption"] for reply in replies} == {"a grey picture"}


async def test_by_id_speaks_as_the_bytes_would(both: Gateway) -> None:
    """The human caption of the query's own entry is for those who look for it, not for asking."""
    await both.fill(dark=20, bright=200)
    await describe(both, "own", 10, "a bright picture")
    answer = (await both.http.post("/similar", json={"image_id": "own"})).json()
    assert answer["query"] == {"caption": "a dark picture", "image_ids": ["own"]}
    assert [entry["image_id"] for entry in answer["results"]] == ["dark", "bright"]


async def test_a_picture_is_encoded_once_by_each_view(both: Gateway, caption: FakeCaptionView) -> None:
    """Whatever is asked after the first reply goes by the view's own form of the query."""
    await both.fill(**{f"p{number:02}": number * 5 for number in range(50)})
    short = {"n": "3", "near_duplicates": "keep", "include_blank": "true"}  # so that not all is listed
    assert (await ask(both, "divergent", **short)).json()["exact"] is True
    assert (both.view.encoded, caption.encoded) == (1, 1)
    assert caption.calls.count("/similarities") >= 1


async def test_views_choose(both: Gateway, caption: FakeCaptionView) -> None:
    await both.fill(a=20, b=100, c=200)
    caption.calls.clear()
    answer = (await ask(both, "divergent", views="drml")).json()
    assert list(answer["views"]) == ["drml"]
    assert [list(entry["views"]) for entry in answer["results"]] == [["drml"]] * 3
    assert {entry["caption"] for entry in answer["results"]} == {None}
    assert (answer["query"]["caption"], answer["results"][0]["agreement"]) == (None, None)
    assert [path for path in caption.calls if path not in {"/model", "/changes"}] == []
    answer = (await ask(both, "divergent", views="caption")).json()
    assert [entry["views"]["caption"]["similarity"] for entry in answer["results"]] == [0.5, 0.5, 1.0]
    assert answer["exact"] is True


async def test_weights_choose(both: Gateway) -> None:
    await both.fill(a=20, b=100)
    await describe(both, "c", 12, "nothing alike")
    assert ids(await ask(both, "divergent", weights="drml:1,caption:0")) == ["b", "a", "c"]
    reply = await ask(both, "divergent", weights="caption:1")
    assert ids(reply) == ["c", "b", "a"]
    # A view without weight ranks nothing, and is reported all the same.
    assert [entry["views"]["drml"]["percentile"] for entry in reply.json()["results"]] == [0.0, 1.0, 0.5]
    assert reply.json()["exact"] is True
    blended = (await ask(both, "divergent", weights="drml:0.7,caption:0.3")).json()["results"]
    assert {entry["image_id"]: entry["divergence"] for entry in blended} == {
        "a": pytest.approx(0.7 * 0.5 + 0.3 * 0.0),
        "b": pytest.approx(0.7 * 1.0 + 0.3 * 0.5),
        "c": pytest.approx(0.7 * 0.0 + 0.3 * 1.0),
    }


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("views", "text"),
        ("views", ""),
        ("weights", "text:1"),
        ("weights", "drml:0,caption:0"),
        ("weights", "drml:-1,caption:2"),
        ("weights", "drml:1,drml:1"),
        ("weights", "drml:nan"),
    ],
)
async def test_views_and_weights_refused(both: Gateway, name: str, value: str) -> None:
    problem(await ask(both, "similar", **{name: value}), 422, "invalid-parameter")
    problem(await ask(both, "similar", views="drml", weights="caption:1"), 422, "invalid-parameter")


@pytest.mark.parametrize("fault", ["500", "nonsense", "slow", "503", "429"])
@pytest.mark.parametrize("name", ["drml", "caption"])
async def test_one_view_down_is_the_other_s_answer(tmp_path: Path, name: str, fault: str) -> None:
    drml, caption = FakeView(), FakeCaptionView()
    async with gateway_over(drml, tmp_path, caption, view_deadline_s=1.0) as gateway:
        await gateway.fill(a=20, b=100, c=200)
        broken = drml if name == "drml" else caption
        broken.fail_with = int(fault) if fault.isdecimal() else None
        broken.nonsense, broken.delay_s = fault == "nonsense", 30.0 if fault == "slow" else 0.0
        started = asyncio.get_running_loop().time()
        reply = await ask(gateway, "divergent")
        assert asyncio.get_running_loop().time() - started < 15
        answer = reply.json()
        assert (reply.status_code, answer["degraded"], answer["exact"]) == (200, [name], False)
        assert answer["views"][name]["artifact"] is None
        assert answer["views"][name]["status"] != "ok"
        other = "caption" if name == "drml" else "drml"
        for entry in answer["results"]:
            assert entry["divergence"] == entry["views"][other]["percentile"]
            assert (entry["views"][name], entry["agreement"]) == (None, None)
            assert (entry["explanation"] is None) == (name == "caption")
        strict = await ask(gateway, "divergent", strict="true")
        assert name in problem(strict, 503, "not-ready")
        assert int(strict.headers["retry-after"]) >= 1
        broken.fail_with, broken.nonsense, broken.delay_s = None, False, 0.0
        await until_answered(gateway, drml="ok", caption="ok")
        assert (await ask(gateway, "divergent")).json()["exact"] is True


async def test_both_down_is_503(both: Gateway, caption: FakeCaptionView) -> None:
    await both.fill(a=20, b=100)
    both.view.fail_with = caption.fail_with = 500
    reply = await ask(both, "similar")
    problem(reply, 503, "not-ready")
    assert int(reply.headers["retry-after"]) >= 1


async def test_a_view_that_ranks_must_answer(both: Gateway, caption: FakeCaptionView) -> None:
    await both.fill(a=20, b=100)
    both.view.fail_with = 500
    problem(await ask(both, "similar", weights="drml:1"), 503, "not-ready")
    assert ids(await ask(both, "similar", weights="caption:1")) == ["a", "b"]


async def test_a_picture_that_one_view_has_not_got_yet(both: Gateway, caption: FakeCaptionView) -> None:
    await both.fill(a=20, b=100)
    caption.feeding.clear()
    assert (await both.put("new", grey(250), wait="false")).status_code == 202
    await both.parts.indexers["drml"].wait_for(3)
    answer = (await ask(both, "divergent")).json()
    new = answer["results"][0]
    assert (new["image_id"], new["divergence"], new["agreement"]) == ("new", 1.0, None)
    assert (new["views"]["caption"], new["explanation"]) == (None, None)
    assert answer["exact"] is False
    caption.feeding.set()
    await both.parts.indexers["caption"].wait_for(3)
    assert (await ask(both, "divergent")).json()["exact"] is True


async def test_a_refused_picture_is_known_and_does_not_spoil_exactness(tmp_path: Path) -> None:
    caption = FakeCaptionView(refuses={"odd"})
    async with gateway_over(FakeView(), tmp_path, caption) as gateway:
        await gateway.fill(a=20, b=100)
        reply = await gateway.put("odd", grey(250))
        assert reply.status_code == 201
        assert (reply.json()["searchable"], reply.json()["refused"]) == (
            True,
            {"caption": "as the test asked"},
        )
        answer = (await ask(gateway, "divergent", n="1")).json()
        assert (answer["results"][0]["image_id"], answer["exact"]) == ("odd", True)
        assert answer["results"][0]["views"]["caption"] is None
        stats = (await gateway.http.get("/stats")).json()["views"]
        assert [stats[name]["refused"] for name in ("drml", "caption")] == [0, 1]
    # A gateway that has just started knows it by asking.
    async with gateway_over(gateway.view, tmp_path, caption) as gateway:

        async def proven() -> bool:
            exact: bool = (await ask(gateway, "divergent", n="1")).json()["exact"]
            return exact

        await eventually(proven)
        assert (await gateway.put("odd", grey(250))).json()["refused"].keys() == {"caption"}
        caption.refuses.clear()
        assert (await gateway.put("odd", grey(251))).json()["refused"] == {}
        assert (await ask(gateway, "divergent")).json()["exact"] is True


async def test_a_picture_that_every_view_refuses_is_not_searchable(tmp_path: Path) -> None:
    drml, caption = FakeView(refuses={"odd"}), FakeCaptionView(refuses={"odd"})
    async with gateway_over(drml, tmp_path, caption) as gateway:
        await gateway.fill(a=20, b=100)
        reply = await gateway.put("odd", grey(250))
        assert (reply.status_code, reply.json()["searchable"]) == (202, False)
        assert (await ask(gateway, "divergent")).json()["exact"] is True


async def test_a_view_that_is_away_is_not_waited_for(both: Gateway, caption: FakeCaptionView) -> None:
    """`wait_s` is a minute here: a put that waited for it would run into the test's own limit."""
    await both.fill(a=20)
    caption.fail_with = 500
    assert (await ask(both, "similar")).json()["degraded"] == ["caption"]
    async with asyncio.timeout(30):
        assert (await both.put("b", grey(100))).status_code == 202
    caption.fail_with = None
    await both.parts.indexers["caption"].wait_for(2)
    assert set(caption.entries) == {"a", "b"}


async def test_a_cursor_is_bound_to_both_artifacts(both: Gateway, caption: FakeCaptionView) -> None:
    await both.fill(a=20, b=100, c=200, d=130)
    whole = ids(await ask(both, "divergent"))
    first = await ask(both, "divergent", n="2")
    cursor = first.json()["next_cursor"]
    rest = await ask(both, "divergent", n="2", cursor=cursor)
    assert ids(first) + ids(rest) == whole
    caption.artifact = "caption-fake-2"
    problem(await ask(both, "divergent", n="2", cursor=cursor), 410, "stale-cursor")
    problem(await ask(both, "divergent", cursor=cursor, weights="drml:1"), 422, "invalid-parameter")


async def test_a_page_without_one_view_is_not_continued_with_both(
    both: Gateway, caption: FakeCaptionView
) -> None:
    await both.fill(a=20, b=100, c=200)
    caption.fail_with = 500
    cursor = (await ask(both, "divergent", n="1")).json()["next_cursor"]
    caption.fail_with = None
    await until_answered(both, caption="ok")
    problem(await ask(both, "divergent", n="1", cursor=cursor), 410, "stale-cursor")


async def test_ready_with_one_view(tmp_path: Path) -> None:
    drml, caption = FakeView(fail_with=503), FakeCaptionView(fail_with=503)
    async with gateway_over(drml, tmp_path, caption) as gateway:
        problem(await gateway.http.get("/readyz"), 503, "not-ready")
        caption.fail_with = None
        await eventually(gateway.is_ready)
        stats = (await gateway.http.get("/stats")).json()
        assert [stats["views"][name]["reachable"] for name in ("drml", "caption")] == [False, True]
        text = (await gateway.http.get("/metrics")).text
        assert 'gateway_view_up{view="caption"} 1.0' in text
        assert 'gateway_view_up{view="drml"} 0.0' in text


async def test_metrics_by_view(both: Gateway) -> None:
    await both.fill(a=1, b=2)
    await ask(both, "similar")
    text = (await both.http.get("/metrics")).text
    for line in (
        'gateway_view_applied{view="drml"} 2.0',
        'gateway_view_applied{view="caption"} 2.0',
        'gateway_view_seconds_count{status="ok",view="drml"} 1.0',
        'gateway_view_seconds_count{status="ok",view="caption"} 1.0',
    ):
        assert line in text
