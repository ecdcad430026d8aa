"""Asking for what is far from everything seen: in JSON, in a form, for a user; the users' kept histories."""

import math
from pathlib import Path

import httpx
import pytest

from diversity_gateway.histories import SeenPicture
from diversity_gateway.settings import Settings
from tests.contract.gateway.conftest import Gateway, gateway_over, grey, problem
from tests.fakes.view import FakeView

LEVELS = {f"p{level:03}": level for level in range(0, 256, 15)}


async def answered(gateway: Gateway, mode: str, body: object, **parameters: str) -> dict[str, object]:
    reply = await gateway.http.post(f"/{mode}", json=body, params=parameters)
    assert reply.status_code == 200, reply.text
    found: dict[str, object] = reply.json()
    return found


def ids(answer: dict[str, object]) -> list[str]:
    results = answer["results"]
    assert isinstance(results, list)
    return [entry["image_id"] for entry in results]


def naive(seen: dict[str, float], mode: str) -> list[str]:
    """Every unseen picture by the least of distance ÷ weight, ties by id."""
    joint = {
        name: min(math.dist([level] * 3, [LEVELS[one]] * 3) / weight for one, weight in seen.items())
        for name, level in LEVELS.items()
        if name not in seen
    }
    sign = -1 if mode == "divergent" else 1
    return sorted(joint, key=lambda name: (sign * joint[name], name))


@pytest.mark.parametrize("mode", ["divergent", "similar"])
@pytest.mark.parametrize(
    "seen", [{"p000": 1.0, "p255": 1.0}, {"p000": 0.25, "p255": 1.0, "p120": 0.5}, {"p060": 0.3}]
)
async def test_the_order_is_by_the_least_of_distance_by_weight(
    gateway: Gateway, mode: str, seen: dict[str, float]
) -> None:
    await gateway.fill(**LEVELS)
    body = {"history": [{"image_id": name, "weight": weight} for name, weight in seen.items()]}
    answer = await answered(gateway, mode, body, n="100", raw="true")
    assert ids(answer) == naive(seen, mode)
    assert answer["exact"] is True
    assert answer["query"] == {"caption": None, "image_ids": list(seen), "missing": []}


async def test_pages_of_a_history_are_its_list(gateway: Gateway) -> None:
    await gateway.fill(**LEVELS)
    body = {"history": [{"image_id": "p000"}, {"image_id": "p255", "weight": 0.5}]}
    whole, paged, cursor = ids(await answered(gateway, "divergent", body, n="100")), list[str](), None
    while cursor is not None or not paged:
        page = await answered(
            gateway, "divergent", body, n="3", **({"cursor": str(cursor)} if cursor else {})
        )
        paged += ids(page)
        cursor = page["next_cursor"]
    assert paged == whole


@pytest.mark.parametrize("change", ["a member is deleted", "the user saw more"])
async def test_a_cursor_is_stale_after_a_change_of_the_history(gateway: Gateway, change: str) -> None:
    """The same question is asked, of another state: 410 tells the caller to start again, 422 would not."""
    await gateway.fill(**LEVELS)
    seen: dict[str, object] = {"history": [{"image_id": "p000"}, {"image_id": "p120"}, {"image_id": "p255"}]}
    assert (await gateway.http.post("/users/u/history", json=seen)).status_code == 200
    bodies: list[dict[str, object]] = (
        [{"user_id": "u"}, seen] if change == "a member is deleted" else [{"user_id": "u"}]
    )
    cursors = [(await answered(gateway, "divergent", body, n="3"))["next_cursor"] for body in bodies]
    if change == "a member is deleted":
        await gateway.http.delete("/images/p255")
    else:
        await gateway.http.post("/users/u/history", json={"image_id": "p060"})
    for body, cursor in zip(bodies, cursors, strict=True):
        reply = await gateway.http.post("/divergent", json=body, params={"n": "3", "cursor": str(cursor)})
        assert "start again" in problem(reply, 410, "stale-cursor")


async def test_a_cursor_of_another_history_is_another_question_s(gateway: Gateway) -> None:
    await gateway.fill(**LEVELS)
    body = {"history": [{"image_id": "p000"}, {"image_id": "p255"}]}
    cursor = str((await answered(gateway, "divergent", body, n="3"))["next_cursor"])
    for other in (
        {"history": [{"image_id": "p000"}]},
        {"history": [{"image_id": "p000"}, {"image_id": "p255", "weight": 0.5}]},
        {"image_id": "p000"},
    ):
        reply = await gateway.http.post("/divergent", json=other, params={"n": "3", "cursor": cursor})
        assert "another query" in problem(reply, 422, "invalid-parameter")


async def test_unknown_pictures_are_named(gateway: Gateway) -> None:
    await gateway.fill(**LEVELS)
    body = {"history": [{"image_id": "gone"}, {"image_id": "p000"}, {"image_id": "p255"}]}
    answer = await answered(gateway, "similar", body)
    assert answer["query"] == {"caption": None, "image_ids": ["p000", "p255"], "missing": ["gone"]}
    reply = await gateway.http.post("/similar", json={"history": [{"image_id": "gone"}]})
    assert "none of" in problem(reply, 404, "unknown-id")


async def test_only_the_newest_thousand_count(gateway: Gateway) -> None:
    await gateway.fill(a=0, b=200, c=255)
    body = {
        "history": [{"image_id": "a"}] + [{"image_id": f"x{n}"} for n in range(998)] + [{"image_id": "c"}]
    }
    assert (await answered(gateway, "similar", body))["query"]["image_ids"] == ["a", "c"]  # type: ignore[index]  # JSON
    body["history"].insert(500, {"image_id": "one more"})
    assert (await answered(gateway, "similar", body))["query"]["image_ids"] == ["c"]  # type: ignore[index]  # JSON


async def test_several_pictures_in_a_form_are_a_history(gateway: Gateway) -> None:
    """From levels 1 and 250 the middle is the farthest; each picture is encoded once."""
    await gateway.fill(**LEVELS)
    files = [("image", ("a", grey(level), "image/png")) for level in (1, 250, 1)]
    reply = await gateway.http.post("/divergent?n=2&raw=true", files=files)
    assert ids(reply.json()) == ["p120", "p135"]
    assert reply.json()["query"]["image_ids"] == []
    assert gateway.view.encoded == 2


async def test_a_user_is_asked_for_by_what_was_kept(gateway: Gateway) -> None:
    await gateway.fill(**LEVELS)
    saved = await gateway.http.post("/users/u%2F1/history", json={"image_id": "p000"})
    assert saved.json() == {"user_id": "u/1", "added": 1, "count": 1, "missing": []}
    more = {"history": [{"image_id": "p255"}, {"image_id": "nobody"}]}
    saved = await gateway.http.post("/users/u%2F1/history", json=more)
    assert saved.json() == {"user_id": "u/1", "added": 1, "count": 2, "missing": ["nobody"]}
    kept = (await gateway.http.get("/users/u/1/history")).json()
    assert [(one["image_id"], one["weight"]) for one in kept["history"]] == [("p000", 1.0), ("p255", 1.0)]
    answer = await answered(gateway, "divergent", {"user_id": "u/1"}, n="1", raw="true")
    assert ids(answer) == ["p120"]
    await gateway.http.delete("/images/p255")
    later = await answered(gateway, "divergent", {"user_id": "u/1"}, n="1", raw="true")
    assert (ids(later), later["query"]["missing"]) == (["p240"], ["p255"])  # type: ignore[index]  # JSON
    assert (await gateway.http.delete("/users/u%2F1/history")).status_code == 204
    assert (await gateway.http.get("/users/u%2F1/history")).json()["history"] == []
    reply = await gateway.http.post("/divergent", json={"user_id": "u/1"})
    assert "no history" in problem(reply, 404, "unknown-id")


async def test_what_was_seen_longer_ago_weighs_less(gateway: Gateway) -> None:
    """Two half-lives before the newest: a quarter of the weight it was kept with."""
    await gateway.fill(**LEVELS)
    await gateway.parts.histories.add(
        "u",
        [
            SeenPicture("p000", 1.0, "2026-08-30T12:00:00.000+00:00"),
            SeenPicture("p120", 0.8, "2026-09-29T12:00:00.000+00:00"),
            SeenPicture("p255", 1.0, "2026-10-29T12:00:00.000+00:00"),
        ],
    )
    for mode in ("divergent", "similar"):
        answer = await answered(gateway, mode, {"user_id": "u"}, n="100", raw="true")
        assert ids(answer) == naive({"p000": 0.25, "p120": 0.4, "p255": 1.0}, mode)
        assert ids(answer) != naive({"p000": 1.0, "p120": 0.8, "p255": 1.0}, mode)


async def test_what_is_said_again_replaces_what_was_said(gateway: Gateway) -> None:
    """In one call or in two, in a body or kept: a picture has the weight that it had last."""
    await gateway.fill(**LEVELS)
    twice = [{"image_id": "p000"}, {"image_id": "p255"}, {"image_id": "p000", "weight": 0.25}]
    wanted = naive({"p000": 0.25, "p255": 1.0}, "divergent")
    assert ids(await answered(gateway, "divergent", {"history": twice}, n="100", raw="true")) == wanted
    for user, calls in (("one", [twice]), ("two", [twice[:2], twice[2:]])):
        for items in calls:
            saved = await gateway.http.post(f"/users/{user}/history", json={"history": items})
            assert saved.status_code == 200
        kept = (await gateway.http.get(f"/users/{user}/history")).json()["history"]
        assert [(entry["image_id"], entry["weight"]) for entry in kept] == [("p255", 1.0), ("p000", 0.25)]


@pytest.mark.parametrize("body", [{}, {"history": []}, {"image_id": "a", "weight": 2}, {"history": [{}]}])
async def test_what_is_no_history_is_not_kept(gateway: Gateway, body: object) -> None:
    problem(await gateway.http.post("/users/u/history", json=body), 422, "invalid-parameter")


async def test_a_history_of_unknown_pictures_is_404(gateway: Gateway) -> None:
    reply = await gateway.http.post("/users/u/history", json={"image_id": "nobody"})
    problem(reply, 404, "unknown-id")
    assert (
        await gateway.http.post("/users/u/history", content=b"x", headers={"Content-Type": "image/png"})
    ).status_code == 415


async def test_histories_outlive_the_process(tmp_path: Path) -> None:
    view = FakeView()
    async with gateway_over(view, tmp_path) as first:
        await first.fill(a=1)
        assert (await first.http.post("/users/u/history", json={"image_id": "a"})).status_code == 200
    async with gateway_over(view, tmp_path) as second:
        assert (await second.http.get("/users/u/history")).json()["count"] == 1


async def batch(gateway: Gateway, queries: object, **parameters: str) -> httpx.Response:
    return await gateway.http.post("/similar:batch", json={"queries": queries}, params=parameters)


async def test_many_queries_answer_as_each_alone(gateway: Gateway) -> None:
    await gateway.fill(**LEVELS)
    queries: list[dict[str, object]] = [
        {"image_id": "p000", "n": 2},
        {"image_id": "nobody"},
        {"image_id": "p255", "diversity": 3},
        {"history": [{"image_id": "p000"}, {"image_id": "p120"}]},
        {"image_id": "p000", "colour": "red"},
    ]
    reply = await batch(gateway, [*queries, "no object"], n="4")
    outcomes = reply.json()["results"]
    assert [outcome["status"] for outcome in outcomes] == [200, 404, 422, 200, 422, 422]
    assert [len(outcome["answer"]["results"]) for outcome in outcomes if "answer" in outcome] == [2, 4]
    alone = await gateway.http.post("/similar?n=2", json={"image_id": "p000"})
    timeless = {"took_ms": 0, "views": None}
    assert outcomes[0]["answer"] | timeless == alone.json() | timeless
    assert outcomes[1]["problem"]["detail"] == "There is no picture 'nobody'."
    assert outcomes[1]["problem"]["request_id"] == reply.headers["x-request-id"]


@pytest.mark.parametrize("queries", [[], [{"image_id": "a"}] * 101, "a", None])
async def test_what_is_no_batch_is_refused(gateway: Gateway, queries: object) -> None:
    problem(await batch(gateway, queries), 422, "invalid-parameter")


def test_the_half_life_is_a_setting() -> None:
    assert Settings(history_half_life_days=2).history_half_life_days == 2
