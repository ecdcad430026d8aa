"""The catalogue's map over HTTP: every indexed picture's place, a sent picture's, or why there is none."""

from pathlib import Path

import numpy as np
import pytest

from diversity_contracts.places import Place, Places, unpack_points
from diversity_view.generation import Generation
from diversity_view.metrics import Metrics
from diversity_view.store import Store
from drml_service.encoding import PictureEncoding
from drml_service.engine import Engine
from drml_service.projection import Layer, Projection
from drml_service.vector_codec import VectorCodec
from tests.contract.drml_service.conftest import BLUE, DARK, GREEN, RED, Start, View
from tests.fakes.encoder import MeanColour
from tests.fakes.searcher import BruteForce

# Red to the right, blue upwards: a colour's place is easy to say.
COLOURS = Projection(
    (Layer(np.array([[1 / 255, 0, 0], [0, 0, 1 / 255]], np.float32), np.zeros(2, np.float32)),)
)
PLACES = {"red": (1.0, 0.0), "green": (0.0, 0.0), "blue": (0.0, 1.0), "dark": (90 / 255, 0.0)}
PNG = {"Content-Type": "image/png"}


@pytest.fixture
async def mapped(start: Start, tmp_path: Path) -> View:
    """Four pictures, and an artifact that has a map."""

    def load(metrics: Metrics) -> Generation[Engine]:
        engine = Engine(
            artifact="drml-test",
            encoding=PictureEncoding(MeanColour(), observe=metrics.stage),
            store=Store.open(tmp_path / "mapped", artifact="drml-test", digest="d", codec=VectorCodec(3)),
            searcher=BruteForce(),
            observe=metrics.stage,
            projection=COLOURS,
        )
        return Generation(engine)

    view = await start(load)
    await view.apply(0, {"red": RED, "green": GREEN, "blue": BLUE, "dark": DARK})
    return view


async def places_of(view: View) -> dict[str, tuple[float, ...]]:
    reply = await view.client.get("/projection")
    assert reply.status_code == 200, reply.text
    drawn = Places.model_validate_json(reply.content)
    assert drawn.artifact == "drml-test"
    assert drawn.count == len(drawn.image_ids)
    points = unpack_points(drawn.points, drawn.count).tolist()
    return {image_id: tuple(point) for image_id, point in zip(drawn.image_ids, points, strict=True)}


async def test_every_indexed_picture_has_its_place_and_the_map_follows_the_catalogue(mapped: View) -> None:
    assert await places_of(mapped) == {key: pytest.approx(place, abs=1e-4) for key, place in PLACES.items()}
    assert (await mapped.apply(4, {"red": BLUE, "late": RED})).status_code == 200
    moved = {**PLACES, "red": PLACES["blue"], "late": PLACES["red"]}
    assert await places_of(mapped) == {key: pytest.approx(place, abs=1e-4) for key, place in moved.items()}


async def test_a_sent_picture_and_a_known_one_have_the_same_place(mapped: View) -> None:
    sent = await mapped.client.post("/projection", content=DARK, headers=PNG)
    known = await mapped.client.post("/projection", json={"image_id": "dark"})
    for reply in (sent, known):
        place = Place.model_validate_json(reply.content)
        assert (place.x, place.y) == pytest.approx(PLACES["dark"], abs=1e-6)
    assert (await mapped.client.post("/projection", json={"image_id": "none"})).status_code == 404


async def test_an_artifact_without_a_map_says_so(view: View) -> None:
    for reply in (
        await view.client.get("/projection"),
        await view.client.post("/projection", json={"image_id": "red"}),
    ):
        assert reply.status_code == 404
        assert "no map" in reply.json()["detail"]
