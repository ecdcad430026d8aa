"""Searching over HTTP: exact values in every body form."""

import base64
import json

import pytest

from diversity_contracts.wire import Distances, Embedding, Ranking
from tests.contract.drml_service.conftest import DARK, RED, View
from tests.fakes.running_view import PNG

FAR = (2 * 255**2) ** 0.5  # red to green or blue


async def test_three_forms_one_answer(view: View) -> None:
    """Red to dark 165, to blue and green a tie by id; by bytes red itself is counted."""
    replies = [
        await view.client.post("/nearest?n=3", content=RED, headers=PNG),
        await view.client.post("/nearest?n=3", files={"image": ("any name.txt", RED, "text/plain")}),
        await view.client.post("/nearest?n=3", json={"image_base64": base64.b64encode(RED).decode()}),
    ]
    for reply in replies:
        assert reply.status_code == 200
        assert reply.json() == {
            "results": [
                {"image_id": "red", "distance": 0, "percentile": 0},
                {"image_id": "dark", "distance": 165, "percentile": 1 / 3},
                {"image_id": "blue", "distance": pytest.approx(FAR), "percentile": pytest.approx(2.5 / 3)},
            ],
            "artifact": "drml-test",
            "count": 4,
            "applied": 4,
            "representation": None,
        }


async def test_by_id_the_query_is_neither_counted_nor_returned(view: View) -> None:
    reply = await view.client.post("/farthest", json={"image_id": "red"})
    ranking = Ranking.model_validate(reply.json())
    assert [(hit.image_id, hit.percentile) for hit in ranking.results] == [
        ("blue", 0.75),
        ("green", 0.75),
        ("dark", 0),
    ]


async def test_the_representation_stands_for_the_query(view: View) -> None:
    first = (await view.client.post("/farthest?n=2&representation=true", content=DARK, headers=PNG)).json()
    again = await view.client.post("/farthest?n=2", json={"representation": first["representation"]})
    assert again.json()["results"] == first["results"]
    measured = await view.client.post(
        "/distances", json={"representation": first["representation"], "image_ids": ["dark", "nobody"]}
    )
    results = Distances.model_validate(measured.json()).results
    assert results[0] is not None
    assert (results[0].distance, results[0].percentile, results[1]) == (0, 0, None)


async def test_distances_in_every_form(view: View) -> None:
    ids = json.dumps(["blue", "red"])
    expected = [
        {"image_id": "blue", "distance": pytest.approx(FAR), "percentile": pytest.approx(2.5 / 3)},
        {"image_id": "red", "distance": 0, "percentile": 0},
    ]
    replies = [
        await view.client.post(
            "/distances?image_id=blue&image_id=red&pairwise=true", content=RED, headers=PNG
        ),
        await view.client.post("/distances?pairwise=true", files={"image": RED, "image_ids": (None, ids)}),
        await view.client.post(
            "/distances",
            json={
                "image_base64": base64.b64encode(RED).decode(),
                "image_ids": ["blue", "red"],
                "pairwise": True,
            },
        ),
    ]
    for reply in replies:
        assert reply.status_code == 200, reply.text
        assert reply.json()["results"] == expected
        assert reply.json()["pairwise"] == [[0, pytest.approx(FAR)], [pytest.approx(FAR), 0]]


async def test_the_querys_own_entry_is_null_in_distances(view: View) -> None:
    reply = await view.client.post("/distances", json={"image_id": "red", "image_ids": ["red", "dark"]})
    assert reply.json()["results"] == [None, {"image_id": "dark", "distance": 165, "percentile": 0}]
    assert reply.json()["pairwise"] is None


async def test_embed(view: View) -> None:
    reply = await view.client.post("/embed", content=DARK, headers=PNG)
    assert Embedding.model_validate(reply.json()).embedding == [90, 0, 0, 0]


async def test_an_empty_index_has_no_neighbors(start) -> None:  # type: ignore[no-untyped-def]
    view = await start()
    reply = await view.client.post("/nearest", content=RED, headers=PNG)
    assert (reply.status_code, reply.json()["results"], reply.json()["count"]) == (200, [], 0)


@pytest.mark.parametrize(
    "image_id", ["../../etc/passwd", "%2e%2e", "a b", "é/ü", "</script>", "'; DROP TABLE entries"]
)
async def test_ids_are_keys(view: View, image_id: str) -> None:
    unknown = await view.client.post("/nearest", json={"image_id": image_id})
    assert unknown.status_code == 404
    assert (await view.apply(4, {image_id: DARK})).status_code == 200
    known = await view.client.post("/nearest?n=1", json={"image_id": image_id})
    assert known.json()["results"][0]["image_id"] == "dark"
