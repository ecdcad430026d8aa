"""`/divergent` and `/similar`: exact answers over a view whose distances are easy to work out."""

import base64
import math

import pytest

from tests.contract.gateway.conftest import PNG, Gateway, ask_json, grey, ids, problem


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
        await ask_json(gateway, "similar", {"image_base64": base64.b64encode(picture).decode()}),
    ]
    assert [ids(reply) for reply in replies] == [["b", "a", "c"]] * 4


async def test_by_id_the_own_entry_is_neither_counted_nor_returned(gateway: Gateway) -> None:
    await gateway.fill(a=10, b=100, c=200)
    answer = (await ask_json(gateway, "similar", {"image_id": "b"})).json()
    assert answer["query"]["image_ids"] == ["b"]
    assert [(entry["image_id"], entry["divergence"]) for entry in answer["results"]] == [("a", 0), ("c", 1)]
    assert ids(await ask_json(gateway, "divergent", {"image_id": "b"})) == ["c", "a"]


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
    answer = (await ask_json(gateway, "similar", {"image_id": "a", "exclude": ["b"]})).json()
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
    assert ids(await ask_json(gateway, "similar", {"image_id": "p1", "filter": {"class": "fish"}})) == [
        "p0",
        "p2",
    ]
    wanted = {"class": ["fish", "frog"]}
    assert ids(await ask_json(gateway, "divergent", {"image_id": "p1", "filter": wanted})) == [
        "p3",
        "p0",
        "p2",
    ]
    assert ids(await ask_json(gateway, "divergent", {"image_id": "p1", "filter": {"class": "cat"}})) == []


async def test_band(gateway: Gateway) -> None:
    await gateway.fill(a=10, b=20, c=30, d=40, e=50)
    reply = await gateway.http.post("/divergent?band=0.25-0.75", content=grey(0), headers=PNG)
    assert ids(reply) == ["d", "c", "b"]
    assert reply.json()["exact"] is True


async def test_views_and_weights_with_one_view(gateway: Gateway) -> None:
    await gateway.fill(a=10, b=20)
    assert ids(await ask_json(gateway, "similar", {"image_id": "a"}, views="drml", weights="drml:0.7")) == [
        "b"
    ]
    for name, value in [("views", "caption"), ("weights", "caption:1"), ("weights", "drml:0")]:
        problem(
            await ask_json(gateway, "similar", {"image_id": "a"}, **{name: value}), 422, "invalid-parameter"
        )


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


@pytest.mark.parametrize(
    "another",
    [{"artifact": "drml-fake-2"}, {"generation": "drml-fake-1+int8"}],
    ids=["artifact", "precision"],
)
async def test_a_new_generation_makes_a_cursor_stale(gateway: Gateway, another: dict[str, str]) -> None:
    await gateway.fill(a=10, b=20, c=30)
    cursor = (await ask_json(gateway, "similar", {"image_id": "a"}, n="1")).json()["next_cursor"]
    for name, value in another.items():
        setattr(gateway.view, name, value)
    problem(await ask_json(gateway, "similar", {"image_id": "a"}, n="1", cursor=cursor), 410, "stale-cursor")


async def test_an_empty_catalogue(gateway: Gateway) -> None:
    answer = (await gateway.http.post("/divergent", content=grey(7), headers=PNG)).json()
    assert (answer["results"], answer["catalogue_size"], answer["next_cursor"]) == ([], 0, None)


async def test_a_picture_that_the_view_lacks_is_asked_by_its_bytes(gateway: Gateway) -> None:
    await gateway.fill(a=10, b=100)
    gateway.view.feeding.clear()
    assert (await gateway.put("c", grey(95), wait="false")).status_code == 202
    answer = (await ask_json(gateway, "similar", {"image_id": "c"})).json()
    gateway.view.feeding.set()
    assert [entry["image_id"] for entry in answer["results"]] == ["b", "a"]
    assert answer["exact"] is False
