"""Comparing captions over HTTP: exact values in every body form."""

import base64
import json
import math

import pytest

from diversity_contracts.wire import Caption, Similarities, TextRanking
from tests.contract.caption_service.conftest import BLUE, DARK, GREEN, RED, View
from tests.fakes.captioner import MeanColour
from tests.fakes.drawn import encoded, plain
from tests.fakes.running_view import PNG

BUS = 0.707107  # "red" in "A red bus!", of which the space knows two words: 1 ÷ √2


async def test_three_forms_one_answer(view: View) -> None:
    """The query's sentence is "red": dark says it too, the bus's first caption in part, the others not."""
    replies = [
        await view.client.post("/similar?n=3", content=RED, headers=PNG),
        await view.client.post("/similar?n=3", files={"image": ("any name.txt", RED, "text/plain")}),
        await view.client.post("/similar?n=3", json={"image_base64": base64.b64encode(RED).decode()}),
    ]
    for reply in replies:
        assert reply.status_code == 200, reply.text
        assert reply.json() == {
            "results": [
                entry("dark", 1.0, 0.0, "red", "generated"),
                entry("bus", BUS, 0.25, "A red bus!", "human"),
                entry("blue", 0.0, 3 / 4, "blue", "generated"),
            ],
            "query_caption": "red",
            "artifact": "caption-test",
            "count": 5,
            "applied": 5,
            "representation": None,
        }


def entry(
    image_id: str, similarity: float, percentile: float, caption: str, source: str
) -> dict[str, object]:
    return {
        "image_id": image_id,
        "similarity": similarity,
        "percentile": percentile,
        "caption": caption,
        "caption_source": source,
    }


async def test_the_least_similar_first_ties_by_id(view: View) -> None:
    reply = await view.client.post("/divergent", content=RED, headers=PNG)
    ranking = TextRanking.model_validate(reply.json())
    assert [(hit.image_id, hit.percentile) for hit in ranking.results] == [
        ("blue", 0.75),
        ("dog", 0.75),
        ("green", 0.75),
        ("bus", 0.25),
        ("dark", 0.0),
    ]


async def test_by_id_the_query_is_what_was_generated_from_its_bytes(view: View) -> None:
    """The dog's caption is "the dog", its picture is green; it is neither counted nor returned."""
    reply = await view.client.post("/similar", json={"image_id": "dog"})
    ranking = TextRanking.model_validate(reply.json())
    assert ranking.query_caption == "green"
    assert [(hit.image_id, hit.similarity, hit.percentile) for hit in ranking.results] == [
        ("green", 1.0, 0.0),
        ("blue", 0.0, pytest.approx(2 / 3)),
        ("bus", 0.0, pytest.approx(2 / 3)),
        ("dark", 0.0, pytest.approx(2 / 3)),
    ]
    by_bytes = (await view.client.post("/similar", content=GREEN, headers=PNG)).json()
    assert by_bytes["query_caption"] == "green"


@pytest.mark.parametrize(
    ("call", "ids"),
    [
        ("/similar?min_similarity=0.9", ["dark"]),
        ("/similar?min_similarity=0.7", ["dark", "bus"]),
        ("/similar?min_similarity=1", ["dark"]),
        ("/divergent?min_similarity=0.5&max_similarity=0.8", ["bus"]),
        ("/divergent?max_similarity=0&n=2", ["blue", "dog"]),
        ("/divergent?min_similarity=0.1", ["bus", "dark"]),
    ],
)
async def test_thresholds_choose_and_percentiles_stay(view: View, call: str, ids: list[str]) -> None:
    reply = await view.client.post(call, content=RED, headers=PNG)
    results = reply.json()["results"]
    assert [hit["image_id"] for hit in results] == ids
    everything = (await view.client.post("/similar", content=RED, headers=PNG)).json()["results"]
    shares = {hit["image_id"]: hit["percentile"] for hit in everything}
    assert [hit["percentile"] for hit in results] == [shares[key] for key in ids]


async def test_the_representation_is_the_sentence_and_stands_for_the_query(view: View) -> None:
    first = (await view.client.post("/divergent?n=2&representation=true", content=DARK, headers=PNG)).json()
    assert first["representation"] == first["query_caption"] == "red"
    again = await view.client.post("/divergent?n=2", json={"representation": "red"})
    assert again.json()["results"] == first["results"]
    nothing = await view.client.post("/divergent?n=5", json={"representation": ""})
    assert {hit["similarity"] for hit in nothing.json()["results"]} == {0.0}
    assert {hit["percentile"] for hit in nothing.json()["results"]} == {0.5}


async def test_similarities_in_every_form(view: View) -> None:
    ids = json.dumps(["bus", "nobody", "dark"])
    replies = [
        await view.client.post(
            "/similarities", params={"image_id": ["bus", "nobody", "dark"]}, content=RED, headers=PNG
        ),
        await view.client.post(
            "/similarities", files={"image": ("x", RED), "image_ids": (None, ids.encode())}
        ),
        await view.client.post(
            "/similarities", json={"representation": "red", "image_ids": ["bus", "nobody", "dark"]}
        ),
    ]
    for reply in replies:
        assert reply.status_code == 200, reply.text
        assert Similarities.model_validate(reply.json()).query_caption == "red"
        assert reply.json()["results"] == [
            entry("bus", BUS, 0.25, "A red bus!", "human"),
            None,
            entry("dark", 1.0, 0.0, "red", "generated"),
        ]


async def test_the_querys_own_entry_is_null_in_similarities(view: View) -> None:
    reply = await view.client.post("/similarities", json={"image_id": "dog", "image_ids": ["dog", "green"]})
    assert reply.json()["results"] == [None, entry("green", 1.0, 0.0, "green", "generated")]


async def test_a_caption_and_its_probability(view: View) -> None:
    expected = math.log(0.75)
    for reply in (
        await view.client.post("/caption", content=DARK, headers=PNG),
        await view.client.post("/caption?beam=1", content=DARK, headers=PNG),
        await view.client.post("/caption?beam=10", content=DARK, headers=PNG),
        await view.client.post("/caption", json={"image_id": "dark"}),
        await view.client.post("/caption?beam=3", json={"image_id": "dark"}),
    ):
        found = Caption.model_validate(reply.json())
        assert (found.caption, found.artifact) == ("red", "caption-test")
        assert found.log_probability == pytest.approx(expected)


@pytest.mark.parametrize("body", [{"representation": "red"}, {"image_id": "dark", "representation": "red"}])
async def test_a_sentence_has_no_caption(view: View, body: dict[str, str]) -> None:
    assert (await view.client.post("/caption", json=body)).status_code == 422


async def test_an_indexed_picture_has_no_other_sentence(view: View) -> None:
    reply = await view.client.post("/caption?beam=5", json={"image_id": "dark"})
    assert reply.status_code == 422
    assert "beam of 3" in reply.json()["detail"]


async def test_a_stored_content_is_not_encoded_again(view: View) -> None:
    encoder = view.parts.serving.engine._captioning._encoder
    assert isinstance(encoder, MeanColour)
    before = encoder.encoded
    await view.client.post("/similar", content=BLUE, headers=PNG)
    assert encoder.encoded == before
    await view.client.post("/similar", content=encoded(plain((1, 2, 3))), headers=PNG)
    assert encoder.encoded == before + 1


@pytest.mark.parametrize("image_id", ["../../etc/passwd", "%2e%2e", "a b", "é/ü", "'; DROP TABLE entries"])
async def test_ids_are_keys(view: View, image_id: str) -> None:
    assert (await view.client.post("/similar", json={"image_id": image_id})).status_code == 404
    assert (await view.apply(5, {image_id: RED})).json()["count"] == 6
    ranking = (await view.client.post("/similar?n=2", content=RED, headers=PNG)).json()
    assert image_id in [hit["image_id"] for hit in ranking["results"]]
