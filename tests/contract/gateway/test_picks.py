"""What is returned of a ranking: twins left out, blank pictures last, picks far from each other, pages."""

import math
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from tests.contract.gateway.conftest import Gateway, gateway_over, problem
from tests.fakes.drawn import draw, encoded, plain
from tests.fakes.view import FakeCaptionView, FakeView

SIZE = (96, 72)


@pytest.fixture
async def gallery(tmp_path: Path) -> AsyncIterator[Gateway]:
    """Thirty drawings; of some an equal copy, of some a re-encoded one; two plain pictures."""
    async with gateway_over(FakeView(), tmp_path, FakeCaptionView()) as built:
        for number in range(30):
            picture = draw(number, size=SIZE)
            await built.put(f"d{number:02}", encoded(picture))
            if number % 10 == 0:
                await built.put(f"copy{number:02}", encoded(picture))
            if number % 10 == 5:
                smaller = picture.resize((64, 48), Image.Resampling.LANCZOS)
                await built.put(f"small{number:02}", encoded(smaller))
        await built.put("black", encoded(plain((0, 0, 0))))
        await built.put("white", encoded(plain((255, 255, 255))))
        yield built


async def asked(gateway: Gateway, mode: str, **parameters: str) -> dict[str, Any]:
    reply = await gateway.http.post(f"/{mode}", json={"image_id": "d03"}, params=parameters)
    assert reply.status_code == 200, reply.text
    answer: dict[str, Any] = reply.json()
    return answer


def ids(answer: dict[str, Any]) -> list[str]:
    return [entry["image_id"] for entry in answer["results"]]


@pytest.mark.parametrize("mode", ["divergent", "similar"])
async def test_of_twins_the_first_stays_and_names_the_others(gallery: Gateway, mode: str) -> None:
    kept = ids(await asked(gallery, mode, n="100", near_duplicates="keep"))
    answer = await asked(gallery, mode, n="100")
    twins = [{f"d{n:02}", f"copy{n:02}"} for n in (0, 10, 20)] + [
        {f"d{n:02}", f"small{n:02}"} for n in (5, 15, 25)
    ]
    gone = {max(pair, key=kept.index) for pair in twins}
    assert ids(answer) == [name for name in kept if name not in gone]
    named = {entry["image_id"]: entry["duplicates"] for entry in answer["results"] if "duplicates" in entry}
    assert named == {min(pair, key=kept.index): [max(pair, key=kept.index)] for pair in twins}
    assert [entry["rank"] for entry in answer["results"]] == list(range(1, len(kept) - len(gone) + 1))


async def test_blank_pictures_come_last(gallery: Gateway) -> None:
    plainly = ids(await asked(gallery, "divergent", n="100", include_blank="true"))
    found = ids(await asked(gallery, "divergent", n="100"))
    assert set(plainly[-2:]) != {"black", "white"}
    assert set(found[-2:]) == {"black", "white"}
    assert sorted(found) == sorted(plainly)
    near = ids(await asked(gallery, "similar", n="100"))
    assert {"black", "white"} <= set(near)
    assert set(near[-2:]) != {"black", "white"}
    assert (await gallery.http.get("/images/black")).json()["blank"] is True
    assert (await gallery.http.get("/images/d01")).json()["blank"] is False


async def through_pages(
    gateway: Gateway, mode: str, query: dict[str, object], **parameters: str
) -> list[dict[str, Any]]:
    """Every result, page by page to the last."""
    found, cursor = list[dict[str, Any]](), ""
    while True:
        more = {"cursor": cursor} if cursor else {}
        reply = await gateway.http.post(f"/{mode}", json=query, params={**parameters, **more})
        assert reply.status_code == 200, reply.text
        found += reply.json()["results"]
        if not (cursor := reply.json()["next_cursor"] or ""):
            return found


@pytest.mark.parametrize("near_duplicates", ["collapse", "keep"])
@pytest.mark.parametrize("ranking", ["raw", "corrected", "similar"])
async def test_pages_equal_the_list(gallery: Gateway, ranking: str, near_duplicates: str) -> None:
    """To the end, for a picture and a history, however diverse. The explicit band keeps the pool of every `n`
    the same, where by default it grows with `n`."""
    names = sorted(gallery.view.entries)
    gallery.view.adjusts = {name: float(place * 7 % 11) for place, name in enumerate(names)}
    mode = "similar" if ranking == "similar" else "divergent"
    shared = {"near_duplicates": near_duplicates, "candidates_limit": "1000", "band": "0-1"}
    shared |= {"raw": "true"} if ranking == "raw" else {}
    shared |= {"weights": "drml:0.7,caption:0.3"} if ranking == "corrected" else {}
    history = [{"image_id": "d03"}, {"image_id": "d12", "weight": 0.5}]
    for query, members in (({"image_id": "d03"}, 1), ({"history": history}, 2)):
        for diversity in ("0", "0.5", "1"):
            asked_for = {**shared, "diversity": diversity}
            whole = await through_pages(gallery, mode, dict(query), n="100", **asked_for)
            paged = await through_pages(gallery, mode, dict(query), n="4", **asked_for)
            assert paged == whole, (query, diversity)
            assert len({entry["image_id"] for entry in whole}) == len(whole)
            assert len(whole) == (38 if near_duplicates == "keep" else 32) - members
            assert [entry["rank"] for entry in whole] == list(range(1, len(whole) + 1))
            assert all(("adjusted" in entry) is (ranking == "corrected") for entry in whole)


async def test_pages_of_any_length_go_through_the_same_pools(gallery: Gateway) -> None:
    """Two pools of the ranking, and a page that begins in one and ends in the other."""
    shared = {"diversity": "1", "candidates_limit": "30", "raw": "true", "near_duplicates": "keep"}
    query: dict[str, object] = {"image_id": "d03"}
    threes = await through_pages(gallery, "divergent", query, n="3", **shared)
    assert await through_pages(gallery, "divergent", query, n="2", **shared) == threes
    assert len(threes) == 37


async def test_pools_follow_each_other(gallery: Gateway) -> None:
    """Pools of ten: the first ten picks are the ranking's first ten in another order, and so on."""
    plain_list = ids(await asked(gallery, "divergent", n="100", raw="true", near_duplicates="keep"))
    paged, cursor = list[str](), None
    while cursor is not None or not paged:
        more: dict[str, str] = {"cursor": cursor} if cursor else {}
        page = await asked(
            gallery, "divergent", n="1", raw="true", near_duplicates="keep", diversity="1", **more
        )
        paged += ids(page)
        cursor = page["next_cursor"]
    assert paged != plain_list
    assert paged[0] == plain_list[0]
    for start in range(0, 37, 10):
        assert sorted(paged[start : start + 10]) == sorted(plain_list[start : start + 10])


async def test_picks_are_further_apart(gallery: Gateway) -> None:
    """The least distance among four picks, in the colours that the view sees."""

    def least(names: list[str]) -> float:
        colours = [gallery.view.entries[name] for name in names]
        return min(math.dist(one, other) for place, one in enumerate(colours) for other in colours[:place])

    apart = ids(await asked(gallery, "divergent", n="4", diversity="1", views="drml"))
    assert least(apart) > 2 * least(ids(await asked(gallery, "divergent", n="4", views="drml")))


async def test_a_pool_is_ten_times_the_page_at_least(gallery: Gateway) -> None:
    parameters = {"n": "5", "candidates_limit": "49"}
    reply = await gallery.http.post("/similar", json={"image_id": "d03"}, params=parameters)
    assert "50" in problem(reply, 422, "invalid-parameter")
    for value in ("1.01", "-0.1", "nan"):
        reply = await gallery.http.post("/similar", json={"image_id": "d03"}, params={"diversity": value})
        problem(reply, 422, "invalid-parameter")


async def test_a_view_that_cannot_compare_is_done_without(gallery: Gateway) -> None:
    """Without the DRML view nothing but equal bytes is a twin, and the captions alone part the picks."""
    gallery.view.fail_with = 500
    answer = await asked(gallery, "divergent", n="100", diversity="0.5")
    assert answer["degraded"] == ["drml"]
    assert {"d05", "small05"} <= set(ids(answer))
    assert len({"d00", "copy00"} & set(ids(answer))) == 1


async def test_a_cursor_is_stale_after_a_change(gallery: Gateway) -> None:
    page = await asked(gallery, "divergent", n="2", diversity="0.5")
    await gallery.put("new", encoded(draw(99, size=SIZE)))
    parameters = {"n": "2", "diversity": "0.5", "cursor": page["next_cursor"]}
    reply = await gallery.http.post("/divergent", json={"image_id": "d03"}, params=parameters)
    assert "start again" in problem(reply, 410, "stale-cursor")
    parameters["diversity"] = "0.6"
    reply = await gallery.http.post("/divergent", json={"image_id": "d03"}, params=parameters)
    problem(reply, 422, "invalid-parameter")
