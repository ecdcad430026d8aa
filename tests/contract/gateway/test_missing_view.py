"""What is left of the merged answer while one of two views fails, lags or refuses a picture."""

import asyncio
from pathlib import Path

import pytest

from tests.contract.gateway.conftest import Gateway, ask_dark, gateway_over, grey, ids, problem
from tests.fakes.view import FakeCaptionView, FakeView
from tests.fakes.waiting import eventually


async def until_answered(gateway: Gateway, **views: str) -> None:
    """Until `/similar` says these statuses of the views."""
    async with asyncio.timeout(60):
        while True:
            reply = await ask_dark(gateway, "similar")
            said = reply.json().get("views", {})
            if all(said.get(name, {}).get("status") == status for name, status in views.items()):
                return
            await asyncio.sleep(0.02)


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
        reply = await ask_dark(gateway, "divergent")
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
        strict = await ask_dark(gateway, "divergent", strict="true")
        assert name in problem(strict, 503, "not-ready")
        assert int(strict.headers["retry-after"]) >= 1
        broken.fail_with, broken.nonsense, broken.delay_s = None, False, 0.0
        await until_answered(gateway, drml="ok", caption="ok")
        assert (await ask_dark(gateway, "divergent")).json()["exact"] is True


async def test_both_down_is_503(both: Gateway, caption: FakeCaptionView) -> None:
    await both.fill(a=20, b=100)
    both.view.fail_with = caption.fail_with = 500
    reply = await ask_dark(both, "similar")
    problem(reply, 503, "not-ready")
    assert int(reply.headers["retry-after"]) >= 1


async def test_a_view_that_ranks_must_answer(both: Gateway, caption: FakeCaptionView) -> None:
    await both.fill(a=20, b=100)
    both.view.fail_with = 500
    problem(await ask_dark(both, "similar", weights="drml:1"), 503, "not-ready")
    assert ids(await ask_dark(both, "similar", weights="caption:1")) == ["a", "b"]


async def test_a_picture_that_one_view_has_not_got_yet(both: Gateway, caption: FakeCaptionView) -> None:
    await both.fill(a=20, b=100)
    caption.feeding.clear()
    assert (await both.put("new", grey(250), wait="false")).status_code == 202
    await both.parts.indexers["drml"].wait_for(3)
    answer = (await ask_dark(both, "divergent")).json()
    new = answer["results"][0]
    assert (new["image_id"], new["divergence"], new["agreement"]) == ("new", 1.0, None)
    assert (new["views"]["caption"], new["explanation"]) == (None, None)
    assert answer["exact"] is False
    caption.feeding.set()
    await both.parts.indexers["caption"].wait_for(3)
    assert (await ask_dark(both, "divergent")).json()["exact"] is True


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
        answer = (await ask_dark(gateway, "divergent", n="1")).json()
        assert (answer["results"][0]["image_id"], answer["exact"]) == ("odd", True)
        assert answer["results"][0]["views"]["caption"] is None
        stats = (await gateway.http.get("/stats")).json()["views"]
        assert [stats[name]["refused"] for name in ("drml", "caption")] == [0, 1]
    # A gateway that has just started knows it by asking.
    async with gateway_over(gateway.view, tmp_path, caption) as gateway:

        async def proven() -> bool:
            exact: bool = (await ask_dark(gateway, "divergent", n="1")).json()["exact"]
            return exact

        await eventually(proven)
        assert (await gateway.put("odd", grey(250))).json()["refused"].keys() == {"caption"}
        caption.refuses.clear()
        assert (await gateway.put("odd", grey(251))).json()["refused"] == {}
        assert (await ask_dark(gateway, "divergent")).json()["exact"] is True


async def test_a_picture_that_every_view_refuses_is_not_searchable(tmp_path: Path) -> None:
    drml, caption = FakeView(refuses={"odd"}), FakeCaptionView(refuses={"odd"})
    async with gateway_over(drml, tmp_path, caption) as gateway:
        await gateway.fill(a=20, b=100)
        reply = await gateway.put("odd", grey(250))
        assert (reply.status_code, reply.json()["searchable"]) == (202, False)
        assert (await ask_dark(gateway, "divergent")).json()["exact"] is True


async def test_a_view_that_is_away_is_not_waited_for(both: Gateway, caption: FakeCaptionView) -> None:
    """`wait_s` is a minute here: a put that waited for it would run into the test's own limit."""
    await both.fill(a=20)
    caption.fail_with = 500
    assert (await ask_dark(both, "similar")).json()["degraded"] == ["caption"]
    async with asyncio.timeout(30):
        assert (await both.put("b", grey(100))).status_code == 202
    caption.fail_with = None
    await both.parts.indexers["caption"].wait_for(2)
    assert set(caption.entries) == {"a", "b"}


async def test_a_page_without_one_view_is_not_continued_with_both(
    both: Gateway, caption: FakeCaptionView
) -> None:
    await both.fill(a=20, b=100, c=200)
    caption.fail_with = 500
    cursor = (await ask_dark(both, "divergent", n="1")).json()["next_cursor"]
    caption.fail_with = None
    await until_answered(both, caption="ok")
    problem(await ask_dark(both, "divergent", n="1", cursor=cursor), 410, "stale-cursor")


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
