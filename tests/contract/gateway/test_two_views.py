"""Both views behind the gateway: the merged answer.

The caption view sees three kinds of pictures, dark, grey and bright; sentences of two kinds share two of
four words, so their similarity is 0.5.
"""

import base64
import math

import pytest

from tests.contract.gateway.conftest import PNG, Gateway, ask_dark, grey, ids, problem
from tests.fakes.view import FakeCaptionView


async def describe(gateway: Gateway, image_id: str, level: int, *captions: str) -> None:
    form: list[tuple[str, tuple[str | None, bytes | str, str]]] = [("image", ("p", grey(level), "image/png"))]
    form += [("caption", (None, text, "text/plain")) for text in captions]
    assert (await gateway.http.put(f"/images/{image_id}", files=form)).status_code == 201


async def test_the_whole_answer(both: Gateway) -> None:
    await both.fill(dark=20, grey=100, bright=200)
    await describe(both, "named", 240, "A dark boat at night")
    reply = await ask_dark(both, "divergent", n="2")
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
    results = {entry["image_id"]: entry for entry in (await ask_dark(both, "similar")).json()["results"]}
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
    assert (await ask_dark(both, "divergent", **short)).json()["exact"] is True
    assert (both.view.encoded, caption.encoded) == (1, 1)
    assert caption.calls.count("/similarities") >= 1


async def test_views_choose(both: Gateway, caption: FakeCaptionView) -> None:
    await both.fill(a=20, b=100, c=200)
    caption.calls.clear()
    answer = (await ask_dark(both, "divergent", views="drml")).json()
    assert list(answer["views"]) == ["drml"]
    assert [list(entry["views"]) for entry in answer["results"]] == [["drml"]] * 3
    assert {entry["caption"] for entry in answer["results"]} == {None}
    assert (answer["query"]["caption"], answer["results"][0]["agreement"]) == (None, None)
    assert [path for path in caption.calls if path not in {"/model", "/changes"}] == []
    answer = (await ask_dark(both, "divergent", views="caption")).json()
    assert [entry["views"]["caption"]["similarity"] for entry in answer["results"]] == [0.5, 0.5, 1.0]
    assert answer["exact"] is True


async def test_weights_choose(both: Gateway) -> None:
    await both.fill(a=20, b=100)
    await describe(both, "c", 12, "nothing alike")
    assert ids(await ask_dark(both, "divergent", weights="drml:1,caption:0")) == ["b", "a", "c"]
    reply = await ask_dark(both, "divergent", weights="caption:1")
    assert ids(reply) == ["c", "b", "a"]
    # A view without weight ranks nothing, and is reported all the same.
    assert [entry["views"]["drml"]["percentile"] for entry in reply.json()["results"]] == [0.0, 1.0, 0.5]
    assert reply.json()["exact"] is True
    blended = (await ask_dark(both, "divergent", weights="drml:0.7,caption:0.3")).json()["results"]
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
    problem(await ask_dark(both, "similar", **{name: value}), 422, "invalid-parameter")
    problem(await ask_dark(both, "similar", views="drml", weights="caption:1"), 422, "invalid-parameter")


async def test_a_cursor_is_bound_to_both_artifacts(both: Gateway, caption: FakeCaptionView) -> None:
    await both.fill(a=20, b=100, c=200, d=130)
    whole = ids(await ask_dark(both, "divergent"))
    first = await ask_dark(both, "divergent", n="2")
    cursor = first.json()["next_cursor"]
    rest = await ask_dark(both, "divergent", n="2", cursor=cursor)
    assert ids(first) + ids(rest) == whole
    caption.artifact = "caption-fake-2"
    problem(await ask_dark(both, "divergent", n="2", cursor=cursor), 410, "stale-cursor")
    problem(await ask_dark(both, "divergent", cursor=cursor, weights="drml:1"), 422, "invalid-parameter")


async def test_metrics_by_view(both: Gateway) -> None:
    await both.fill(a=1, b=2)
    await ask_dark(both, "similar")
    text = (await both.http.get("/metrics")).text
    for line in (
        'gateway_view_applied{view="drml"} 2.0',
        'gateway_view_applied{view="caption"} 2.0',
        'gateway_view_seconds_count{status="ok",view="drml"} 1.0',
        'gateway_view_seconds_count{status="ok",view="caption"} 1.0',
    ):
        assert line in text
