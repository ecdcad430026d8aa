"""The catalogue's map as the gateway hands it on: small enough for a page, and honest where there is none."""

import gzip

import numpy as np
import pytest

from diversity_contracts.places import Place, Places, unpack_points
from tests.contract.gateway.conftest import PNG, Gateway, grey, problem
from tests.fakes.map_face import SENT

DRAWN = {"a": (0.5, -0.25), "b": (-1.0, 1.5)}
MOST_BYTES = 2_000_000  # what a page with 100,000 pictures may load


async def test_every_picture_has_its_place(gateway: Gateway) -> None:
    gateway.view.drawn = DRAWN
    reply = await gateway.http.get("/projection")
    assert reply.headers["vary"] == "Accept-Encoding"
    drawn = Places.model_validate_json(reply.content)
    points = unpack_points(drawn.points, drawn.count)
    assert dict(zip(drawn.image_ids, map(tuple, points.tolist()), strict=True)) == DRAWN
    assert drawn.artifact == gateway.view.artifact


async def test_a_sent_picture_has_a_place(gateway: Gateway) -> None:
    gateway.view.drawn = DRAWN
    reply = await gateway.http.post("/projection", content=grey(3), headers=PNG)
    place = Place.model_validate_json(reply.content)
    assert (place.x, place.y) == SENT


async def test_only_a_picture_is_placed(gateway: Gateway) -> None:
    gateway.view.drawn = DRAWN
    problem(await gateway.http.post("/projection", json={"image_id": "a"}), 415, "unsupported-type")


async def test_100_000_pictures_are_less_than_two_megabytes(gateway: Gateway) -> None:
    random = np.random.default_rng(0)
    names = [f"train/n{group:08}/n{group:08}_{member}.JPEG" for group in range(200) for member in range(500)]
    places = random.normal(0, 0.5, (len(names), 2)).tolist()
    gateway.view.drawn = dict(zip(names, map(tuple, places), strict=True))
    async with gateway.http.stream("GET", "/projection", headers={"Accept-Encoding": "gzip"}) as reply:
        raw = b"".join([piece async for piece in reply.aiter_raw()])
    assert reply.headers["content-encoding"] == "gzip"
    assert len(raw) < MOST_BYTES
    assert Places.model_validate_json(gzip.decompress(raw)).image_ids == names


async def test_without_gzip_it_comes_as_it_is(gateway: Gateway) -> None:
    gateway.view.drawn = DRAWN
    reply = await gateway.http.get("/projection", headers={"Accept-Encoding": "identity"})
    assert "content-encoding" not in reply.headers
    assert Places.model_validate_json(reply.content).count == len(DRAWN)


async def test_an_artifact_without_a_map_is_a_404(gateway: Gateway) -> None:
    for reply in (
        await gateway.http.get("/projection"),
        await gateway.http.post("/projection", content=grey(3), headers=PNG),
    ):
        assert problem(reply, 404, "unknown-id") == "no map"


@pytest.mark.parametrize("fault", ["fails", "nonsense"])
async def test_a_view_that_gives_no_map_is_a_503(gateway: Gateway, fault: str) -> None:
    gateway.view.drawn = DRAWN
    gateway.view.fail_with, gateway.view.nonsense = (500, False) if fault == "fails" else (None, True)
    for reply in (
        await gateway.http.get("/projection"),
        await gateway.http.post("/projection", content=grey(3), headers=PNG),
    ):
        assert "not to be had" in problem(reply, 503, "not-ready")
        assert int(reply.headers["retry-after"]) > 0
