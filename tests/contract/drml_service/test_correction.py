"""`adjusted` in the replies of a view whose artifact has a reference sample."""

import math
from pathlib import Path

import numpy as np
import pytest

from diversity_view.generation import Generation
from diversity_view.metrics import Metrics
from diversity_view.store import Store
from drml_service.correction import CorrectingSearcher
from drml_service.encoding import PictureEncoding
from drml_service.engine import Engine
from drml_service.vector_codec import VectorCodec
from tests.contract.drml_service.conftest import BLUE, DARK, GREEN, RED, Start, View
from tests.fakes.encoder import MeanColour
from tests.fakes.searcher import BruteForce

COLOURS = {"red": (255, 0, 0), "green": (0, 255, 0), "blue": (0, 0, 255), "dark": (90, 0, 0)}
PICTURES = {"red": RED, "green": GREEN, "blue": BLUE, "dark": DARK}
SAMPLE = np.array([[0, 0, 0], [255, 255, 255], [100, 20, 3]], dtype=np.float32)


def generation_in(folder: Path, metrics: Metrics) -> Generation[Engine]:
    return Generation(
        Engine(
            artifact="drml-test",
            encoding=PictureEncoding(MeanColour(), observe=metrics.stage),
            store=Store.open(folder, artifact="drml-test", digest="d", codec=VectorCodec(3)),
            searcher=CorrectingSearcher(BruteForce()),
            observe=metrics.stage,
            reference=SAMPLE,
        )
    )


def naive(name: str, query: str) -> float:
    powers = [math.dist(COLOURS[name], other) ** 4 for other in SAMPLE.tolist()]
    mean = sum(powers) / len(powers)
    deviation = math.sqrt(sum((power - mean) ** 2 for power in powers) / len(powers))
    return (math.dist(COLOURS[name], COLOURS[query]) ** 4 - mean) / deviation


async def check(view: View, names: set[str]) -> None:
    """Both calls that tell it, by definition; `/nearest` does not."""
    reply = (await view.client.post("/farthest?n=9", json={"image_id": "red"})).json()
    assert {entry["image_id"] for entry in reply["results"]} == names - {"red"}
    for entry in reply["results"]:
        assert entry["adjusted"] == pytest.approx(naive(entry["image_id"], "red"), rel=1e-6)
    body = {"image_id": "red", "image_ids": sorted(names)}
    for entry in (await view.client.post("/distances", json=body)).json()["results"]:
        if entry is not None:
            assert entry["adjusted"] == pytest.approx(naive(entry["image_id"], "red"), rel=1e-6)
    for entry in (await view.client.post("/nearest", json={"image_id": "red"})).json()["results"]:
        assert "adjusted" not in entry


async def test_adjusted_follows_the_catalogue(start: Start, tmp_path: Path) -> None:
    view = await start(lambda metrics: generation_in(tmp_path / "state", metrics))
    assert (await view.client.get("/model")).json()["reference"] == 3
    await view.apply(0, PICTURES)
    await check(view, set(PICTURES))
    before = (await view.client.post("/farthest", json={"image_id": "red"})).json()["results"]
    await view.apply(4, {}, upto=5, changes=[{"seq": 5, "image_id": "green", "content_hash": None}])
    await check(view, {"red", "blue", "dark"})
    await view.apply(5, {"green": GREEN})
    assert (await view.client.post("/farthest", json={"image_id": "red"})).json()["results"] == before
