"""A view that ranks, but does not compare what the ranking lists: it is missing, and the answer says so."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from PIL import Image

from tests.contract.gateway.conftest import Gateway, ask_json, gateway_over, ids, problem
from tests.fakes.drawn import draw, encoded
from tests.fakes.view import FakeCaptionView, FakeView
from tests.fakes.waiting import eventually

ASK: dict[str, object] = {"image_id": "d3"}
SIZE = (96, 72)
BUSY = 429  # unlike a failure it leaves the view's other calls alone


@pytest.fixture
async def kept(tmp_path: Path, caption: FakeCaptionView) -> AsyncIterator[Gateway]:
    """Eight drawings, of one a re-encoded copy; answers are kept."""
    async with gateway_over(FakeView(), tmp_path, caption, cache_bytes=1_000_000) as built:
        for number in range(8):
            await built.put(f"d{number}", encoded(draw(number, size=SIZE)))
        smaller = draw(5, size=SIZE).resize((64, 48), Image.Resampling.LANCZOS)
        await built.put("small5", encoded(smaller))
        yield built


@pytest.mark.parametrize("raw", ["true", "false"])
async def test_picks_that_one_view_does_not_compare(kept: Gateway, raw: str) -> None:
    """The ranking is of both views, the picks of one: partial, so neither exact nor kept."""
    shared = {"n": "3", "diversity": "1", "raw": raw, "near_duplicates": "keep"}
    kept.view.fail_with, kept.view.fails_at = BUSY, "/pairwise"
    answer = (await ask_json(kept, "divergent", ASK, **shared)).json()
    assert (answer["degraded"], answer["exact"]) == (["drml"], False)
    assert answer["views"]["drml"] | {"took_ms": 0} == {
        "status": "busy", "artifact": "drml-fake-1", "took_ms": 0
    }  # fmt: skip
    assert all(result["views"]["drml"] for result in answer["results"])
    assert answer["query"]["caption"] is not None
    strict = await ask_json(kept, "divergent", ASK, **shared, strict="true")
    assert "drml" in problem(strict, 503, "not-ready")
    kept.view.fail_with = None
    whole = (await ask_json(kept, "divergent", ASK, **shared)).json()
    assert (whole["degraded"], whole["exact"]) == ([], True)
    assert [entry["image_id"] for entry in whole["results"]] != [
        entry["image_id"] for entry in answer["results"]
    ], "the pictures do not show the difference"
    stale = await ask_json(kept, "divergent", ASK, **shared, cursor=answer["next_cursor"])
    problem(stale, 410, "stale-cursor")


async def test_the_sentence_of_a_view_that_does_not_compare_stays(
    kept: Gateway, caption: FakeCaptionView
) -> None:
    caption.fail_with, caption.fails_at = BUSY, "/pairwise"
    answer = (await ask_json(kept, "divergent", ASK, diversity="1")).json()
    assert (answer["degraded"], answer["exact"]) == (["caption"], False)
    assert answer["query"]["caption"] is not None


@pytest.mark.parametrize("views", ["drml,caption", "caption"])
async def test_twins_that_the_drml_view_does_not_tell_apart(kept: Gateway, views: str) -> None:
    """Asked to rank or not: where pictures look alike its word is needed, and missed."""
    shared = {"n": "100", "views": views}
    whole = await ask_json(kept, "similar", ASK, **shared)
    assert len({"d5", "small5"} & set(ids(whole))) == 1
    await kept.put("d9", encoded(draw(9, size=SIZE)))
    kept.view.fail_with, kept.view.fails_at = BUSY, "/distances"
    answer = (await ask_json(kept, "similar", ASK, **shared, weights="caption:1")).json()
    assert (answer["degraded"], answer["exact"]) == (["drml"], False)
    strict = await ask_json(kept, "similar", ASK, **shared, weights="caption:1", strict="true")
    assert "drml" in problem(strict, 503, "not-ready")
    kept.view.fail_with = None
    again = (await ask_json(kept, "similar", ASK, **shared, weights="caption:1")).json()
    assert (again["degraded"], again["exact"]) == ([], True)


async def test_a_new_artifact_of_the_view_that_told_twins_apart(kept: Gateway) -> None:
    """It ranks nothing here, and still what was kept is not given again, nor a page continued."""
    shared = {"n": "4", "views": "caption"}
    first = (await ask_json(kept, "similar", ASK, **shared)).json()
    kept.view.calls.clear()
    assert (await ask_json(kept, "similar", ASK, **shared)).json()["results"] == first["results"]
    assert "/distances" not in kept.view.calls
    kept.view.artifact = "drml-fake-2"

    async def is_asked() -> bool:
        await ask_json(kept, "similar", ASK, **shared)
        return "/distances" in kept.view.calls

    await eventually(is_asked)
    reply = await ask_json(kept, "similar", ASK, **shared, cursor=first["next_cursor"])
    assert "start again" in problem(reply, 410, "stale-cursor")


async def test_what_needed_no_telling_apart_does_not_depend_on_it(kept: Gateway) -> None:
    """Of two pictures that differ nobody has to say so; the cursor goes on without the DRML view."""
    await kept.http.delete("/images/small5")
    shared = {"n": "2", "views": "caption"}
    first = (await ask_json(kept, "similar", ASK, **shared)).json()
    kept.view.fail_with = BUSY
    second = await ask_json(kept, "similar", ASK, **shared, cursor=first["next_cursor"])
    assert (second.json()["degraded"], second.json()["exact"]) == ([], True)
