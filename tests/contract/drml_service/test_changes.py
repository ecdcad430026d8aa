"""Feeding the index over HTTP."""

import orjson
import pytest

from diversity_contracts.pictures import content_hash
from tests.contract.drml_service.conftest import BLUE, DARK, RED, View
from tests.fakes.running_view import PNG


async def nearest_to_red(view: View) -> list[str]:
    reply = await view.client.post("/nearest", content=RED, headers=PNG)
    return [hit["image_id"] for hit in reply.json()["results"]]


async def test_add_replace_delete(view: View) -> None:
    reply = await view.apply(4, {"new": DARK, "red": BLUE})
    assert reply.json() == {"applied": 6, "count": 5, "refused": []}
    assert await nearest_to_red(view) == ["dark", "new", "blue", "green", "red"]
    gone = [{"seq": 7, "image_id": "dark", "content_hash": None}]
    assert (await view.apply(6, {}, upto=7, changes=gone)).json()["count"] == 4
    assert await nearest_to_red(view) == ["new", "blue", "green", "red"]


async def test_again_is_the_same_and_a_gap_is_a_conflict(view: View) -> None:
    again = await view.apply(0, {"red": RED}, upto=1)
    assert again.json() == {"applied": 4, "count": 4, "refused": []}
    gap = await view.apply(9, {"x": RED})
    assert (gap.status_code, gap.json()["type"]) == (409, "urn:diversity:problem:conflict")
    assert "stands at change 4" in gap.json()["detail"]
    assert (await view.client.get("/model")).json()["applied"] == 4


async def test_a_stored_content_needs_no_part(view: View) -> None:
    change = {"seq": 5, "image_id": "second red", "content_hash": content_hash(RED)}
    reply = await view.apply(4, {}, upto=5, changes=[change])
    assert reply.json()["count"] == 5
    assert (await nearest_to_red(view))[:2] == ["red", "second red"]


@pytest.mark.parametrize(
    ("digest", "part", "said"),
    [
        (content_hash(b"other"), None, "holds no picture"),
        (content_hash(b"other"), DARK, "another content hash"),
    ],
)
async def test_bytes_missing_or_wrong(view: View, digest: str, part: bytes | None, said: str) -> None:
    batch = {
        "catalogue_id": "c",
        "after": 4,
        "upto": 5,
        "changes": [{"seq": 5, "image_id": "x", "content_hash": digest}],
    }
    files: list[tuple[str, tuple[str | None, bytes]]] = [("changes", (None, orjson.dumps(batch)))]
    if part is not None:
        files.append(("picture", (digest, part)))
    reply = await view.client.post("/changes", files=files)
    assert reply.status_code == 422
    assert said in reply.json()["detail"]
    assert (await view.client.get("/model")).json()["applied"] == 4


async def test_a_picture_that_is_none_is_refused_and_counted(view: View) -> None:
    reply = await view.apply(4, {"bad": b"<svg/>", "large": b"", "good": DARK})
    assert reply.json()["applied"] == 7
    assert [refused["image_id"] for refused in reply.json()["refused"]] == ["bad", "large"]
    assert reply.json()["count"] == 5
    assert "drml_refused_pictures_total 2.0" in (await view.client.get("/metrics")).text


async def test_another_catalogue_only_from_its_beginning(view: View) -> None:
    assert (await view.apply(4, {"x": RED}, catalogue_id="d")).status_code == 409
    assert (await view.apply(0, {"x": RED}, catalogue_id="d")).json()["count"] == 1
    assert (await view.client.get("/model")).json()["catalogue_id"] == "d"


async def test_a_reset(view: View) -> None:
    reply = await view.apply(0, {"only": DARK}, reset=True)
    assert reply.json() == {"applied": 1, "count": 1, "refused": []}
