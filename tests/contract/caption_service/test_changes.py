"""Feeding captions and pictures over HTTP; what is acknowledged is there after a restart."""

from pathlib import Path

from diversity_contracts.pictures import content_hash
from tests.contract.caption_service.conftest import BLUE, DARK, RED, Start, View, engine_in
from tests.fakes.captioner import MeanColour
from tests.fakes.running_view import PNG


async def alike(view: View, sentence: str) -> dict[str, float]:
    reply = await view.client.post("/similar?n=9&min_similarity=0.1", json={"representation": sentence})
    return {hit["image_id"]: hit["similarity"] for hit in reply.json()["results"]}


async def test_new_captions_for_a_stored_content_need_no_bytes(view: View) -> None:
    change = {"seq": 6, "image_id": "blue", "content_hash": content_hash(BLUE), "captions": ["the street"]}
    reply = await view.apply(5, {}, upto=6, changes=[change])
    assert reply.json() == {"applied": 6, "count": 5, "refused": []}
    assert await alike(view, "blue") == {}
    assert (await alike(view, "the street"))["blue"] == 1.0
    without = {**change, "seq": 7, "captions": []}
    await view.apply(6, {}, upto=7, changes=[without])
    assert await alike(view, "blue") == {"blue": 1.0}


async def test_replaced_and_deleted(view: View) -> None:
    assert (await view.apply(5, {"dark": BLUE})).json()["count"] == 5
    assert await alike(view, "blue") == {"blue": 1.0, "dark": 1.0}
    gone = [{"seq": 7, "image_id": "blue", "content_hash": None}]
    assert (await view.apply(6, {}, upto=7, changes=gone)).json()["count"] == 4
    assert await alike(view, "blue") == {"dark": 1.0}


async def test_a_gap_is_a_conflict_and_the_past_is_nothing_to_do(view: View) -> None:
    assert (await view.apply(9, {"x": RED})).status_code == 409
    assert (await view.apply(0, {"green": RED}, upto=1)).json() == {"applied": 5, "count": 5, "refused": []}
    assert await alike(view, "green") == {"green": 1.0}


async def test_a_picture_that_is_none_is_refused_and_counted(view: View) -> None:
    reply = await view.apply(5, {"bad": b"<svg/>", "dark": b"", "good": DARK}, {"bad": ["the bus"]})
    assert reply.json()["applied"] == 8
    assert [refused["image_id"] for refused in reply.json()["refused"]] == ["bad", "dark"]
    assert reply.json()["count"] == 5
    assert await alike(view, "bus") == {"bus": 0.707107}
    assert "caption_refused_pictures_total 2.0" in (await view.client.get("/metrics")).text


async def test_another_catalogue_and_a_reset_empty_it_first(view: View) -> None:
    assert (await view.apply(5, {"x": RED}, catalogue_id="d")).status_code == 409
    assert (await view.apply(0, {"x": RED}, catalogue_id="d")).json()["count"] == 1
    assert (await view.apply(0, {"y": RED}, catalogue_id="d", reset=True)).json()["count"] == 1
    assert await alike(view, "red") == {"y": 1.0}


async def test_a_restart_keeps_everything_and_encodes_nothing(view: View, tmp_path: Path) -> None:
    stood = view.parts.serving.engine.view.position
    view.parts.serving.engine.close()
    encoder = MeanColour()
    again = engine_in(tmp_path, encoder)
    table, position = again.view.table, again.view.position
    again.close()
    assert (position, len(table), encoder.encoded) == (stood, 5, 0)
    assert [table.entry(row).source for row in range(5)].count("human") == 2


async def test_what_it_knows_after_a_restart_answers_the_same(start: Start, view: View) -> None:
    asked = {"representation": "the red street"}
    before = (await view.client.post("/divergent?n=9", json=asked)).json()
    view.parts.serving.engine.close()
    again = await start()
    assert (await again.client.post("/divergent?n=9", json=asked)).json() == before
    by_bytes = await again.client.post("/similar?n=1", content=RED, headers=PNG)
    assert by_bytes.json()["query_caption"] == "red"
