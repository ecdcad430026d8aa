"""Searching from several pictures at once, over HTTP: exact values."""

import pytest

from diversity_contracts.pairs import Pairs, unpack_pairs
from diversity_contracts.wire import Ranking
from tests.contract.drml_service.conftest import DARK, GREEN, View
from tests.fakes.running_view import PNG

FAR = (2 * 255**2) ** 0.5  # red to green or blue


async def test_farthest_from_the_nearest_member(view: View) -> None:
    """From red and green: blue is far from both; dark is 165 from red. The members are not counted."""
    body = {"history": [{"image_id": "red"}, {"image_id": "green"}]}
    found = Ranking.model_validate((await view.client.post("/farthest", json=body)).json())
    assert [(hit.image_id, hit.distance, hit.percentile) for hit in found.results] == [
        ("blue", pytest.approx(FAR), 1.0),
        ("dark", 165, 0.0),
    ]


async def test_a_light_member_keeps_less_away(view: View) -> None:
    """165 ÷ 0.2 from red: now dark is held by green, at √(90² + 255²) = 270.4, and still nearer than blue."""
    body = {"history": [{"image_id": "red", "weight": 0.2}, {"image_id": "green"}]}
    found = Ranking.model_validate((await view.client.post("/nearest", json=body)).json())
    assert [hit.image_id for hit in found.results] == ["dark", "blue"]
    assert [hit.distance for hit in found.results] == pytest.approx([(90**2 + 255**2) ** 0.5, FAR])


async def test_members_by_representation(view: View) -> None:
    """What an earlier reply gave of a picture stands for it; its equal in the index is then counted."""
    first = await view.client.post("/nearest?n=1&representation=true", content=DARK, headers=PNG)
    body = {
        "history": [{"representation": first.json()["representation"]}],
        "image_ids": ["dark", "red", "x"],
    }
    reply = await view.client.post("/distances", json=body)
    results = reply.json()["results"]
    assert (results[0]["distance"], results[1]["distance"], results[2]) == (0, 165, None)


async def test_members_that_are_not_indexed_are_left_out(view: View) -> None:
    asked = {"history": [{"image_id": "nobody"}, {"image_id": "red"}]}
    known = await view.client.post("/farthest", json=asked)
    alone = await view.client.post("/farthest", json={"history": [{"image_id": "red"}]})
    assert known.json()["results"] == alone.json()["results"]
    none = await view.client.post("/farthest", json={"history": [{"image_id": "nobody"}]})
    assert (none.status_code, none.json()["type"]) == (404, "urn:diversity:problem:unknown-id")


async def test_own_entries_are_null(view: View) -> None:
    body = {"history": [{"image_id": "red"}], "image_ids": ["red", "dark"]}
    results = (await view.client.post("/distances", json=body)).json()["results"]
    assert results[0] is None
    assert results[1]["distance"] == 165


@pytest.mark.parametrize(
    "history",
    [
        [],
        [{"image_id": "red", "weight": 0}],
        [{"image_id": "red", "weight": 1.5}],
        [{}],
        [{"image_id": "red", "representation": "AAAA"}],
        [{"image_id": "red"}] * 1_001,
    ],
)
async def test_what_is_no_history_is_refused(view: View, history: list[object]) -> None:
    assert (await view.client.post("/farthest", json={"history": history})).status_code == 422


async def test_one_picture_is_meant(view: View) -> None:
    reply = await view.client.post("/embed", json={"history": [{"image_id": "red"}]})
    assert reply.status_code == 422
    both = await view.client.post("/nearest", json={"history": [{"image_id": "red"}], "image_id": "red"})
    assert both.status_code == 422


async def test_pairs(view: View) -> None:
    """Those that are there, in the order asked."""
    reply = await view.client.post("/pairwise", json={"image_ids": ["dark", "nobody", "red", "blue"]})
    pairs = Pairs.model_validate(reply.json())
    assert (pairs.image_ids, pairs.artifact, pairs.applied) == (["dark", "red", "blue"], "drml-test", 4)
    distances = unpack_pairs(pairs.distances, 3)
    assert distances[0].tolist() == [0, 165, pytest.approx((90**2 + 255**2) ** 0.5)]
    assert distances[1, 2] == pytest.approx(FAR)


async def test_pairs_take_json(view: View) -> None:
    assert (await view.client.post("/pairwise", content=GREEN, headers=PNG)).status_code == 415
    assert (await view.client.post("/pairwise", json={"image_ids": ["a"] * 1_001})).status_code == 422
