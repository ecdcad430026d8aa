"""Comparing captions with those of several pictures at once, over HTTP: exact values."""

from pathlib import Path

import numpy as np
import pytest

from caption_service.engine import Engine
from caption_service.written import WrittenCodec
from diversity_contracts.pairs import Pairs, unpack_pairs
from diversity_contracts.wire import TextRanking
from diversity_view.generation import Generation
from diversity_view.metrics import Metrics
from diversity_view.store import Store
from tests.contract.caption_service.conftest import BLUE, CAPTIONS, DARK, GREEN, RED, Start, View
from tests.fakes.captioner import WordSpace, captioning

BUS = 0.707107  # "red" in "A red bus!", of which the space knows two words: 1 ÷ √2


async def test_least_like_any_member(view: View) -> None:
    """From red and blue: dark says "red" too, the bus in part, green and the dog nothing of either."""
    body = {"history": [{"image_id": "red-query"}, {"image_id": "dark"}, {"image_id": "blue"}]}
    found = TextRanking.model_validate((await view.client.post("/divergent", json=body)).json())
    assert [(hit.image_id, hit.similarity, hit.percentile) for hit in found.results] == [
        ("dog", 0.0, 0.75),
        ("green", 0.0, 0.75),
        ("bus", BUS, 0.0),
    ]
    assert found.query_caption == "red; blue"


async def test_a_light_member_draws_less(view: View) -> None:
    """(1 − 0.707) ÷ 0.25 = 1.17 from red is further than 1 from blue, which says nothing of red."""
    body = {
        "history": [{"image_id": "dark", "weight": 0.25}, {"image_id": "blue"}],
        "image_ids": ["bus", "dog"],
    }
    bus, dog = (await view.client.post("/similarities", json=body)).json()["results"]
    assert (bus["similarity"], bus["percentile"], dog["percentile"]) == (0.0, 0.5, 0.5)


SAMPLE = ["red", "a red dog", "green street", "the bus", "blue"]


async def test_adjusted_is_that_of_the_closest_member(start: Start, tmp_path: Path) -> None:
    """By definition: how unlike the member that holds the picture, beside how unlike the sample it is."""

    def generation(metrics: Metrics) -> Generation[Engine]:
        store = Store.open(tmp_path / "s", artifact="caption-test", digest="d", codec=WrittenCodec())
        return Generation(
            Engine(
                artifact="caption-test", captioning=captioning(), space=WordSpace(), store=store,
                observe=metrics.stage, reference=SAMPLE,
            )
        )  # fmt: skip

    view = await start(generation)
    reply = await view.apply(
        0, {"green": GREEN, "bus": RED, "dog": GREEN, "dark": DARK, "blue": BLUE}, CAPTIONS
    )
    assert reply.status_code == 200, reply.text
    history = {"history": [{"image_id": "dark", "weight": 0.5}, {"image_id": "blue"}]}
    found = (await view.client.post("/divergent?n=9", json=history)).json()["results"]
    said = {"green": ["green"], "bus": list(CAPTIONS["bus"]), "dog": list(CAPTIONS["dog"])}
    space = WordSpace()
    assert {entry["image_id"] for entry in found} == said.keys()
    for entry in found:
        captions = [caption.lower().strip("!") for caption in said[entry["image_id"]]]
        usual = (space.vectors(captions) @ space.vectors(SAMPLE).T).max(axis=0)
        wanted = (usual.mean() - entry["similarity"]) / usual.std()
        assert entry["adjusted"] == pytest.approx(wanted, abs=1e-5)
        assert not np.isnan(wanted)
    body = {**history, "image_ids": [entry["image_id"] for entry in found]}
    assert (await view.client.post("/similarities", json=body)).json()["results"] == found
    near = (await view.client.post("/similar", json=history)).json()["results"]
    assert all("adjusted" not in entry for entry in near)


async def test_a_history_has_no_bounds(view: View) -> None:
    body = {"history": [{"image_id": "dark"}]}
    assert (await view.client.post("/similar?min_similarity=0.5", json=body)).status_code == 422
    assert (await view.client.post("/similar", json={"history": [{"image_id": "?"}]})).status_code == 404
    assert (await view.client.post("/caption", json=body)).status_code == 422


async def test_pairs_by_the_closest_of_the_captions(view: View) -> None:
    reply = await view.client.post("/pairwise", json={"image_ids": ["bus", "dark", "nobody", "blue"]})
    pairs = Pairs.model_validate(reply.json())
    assert pairs.image_ids == ["bus", "dark", "blue"]
    distances = unpack_pairs(pairs.distances, 3)
    assert distances[0].tolist() == [0, pytest.approx(1 - BUS), 1]
    assert distances[1].tolist() == [pytest.approx(1 - BUS), 0, 1]
