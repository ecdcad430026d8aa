"""Another precision after a restart: what served goes on serving until the wanted one is fed."""

from pathlib import Path

import pytest

from diversity_view.state_folder import SERVED
from tests.contract.diversity_view.feeding import PICTURES, artifact_of, feed, model_when, said
from tests.fakes.live_view import Record, living, publish_word
from tests.fakes.waiting import eventually

EIGHT = ["int8", "float32"]


def indexes(folder: Path) -> set[str]:
    return {file.name for file in (folder / "state").glob("index-*.sqlite")}


async def is_noted(folder: Path, name: str) -> bool:
    """Whether a start would find that this generation served."""
    note = folder / "state" / SERVED
    return note.exists() and f'["{name}"' in note.read_text()


@pytest.mark.parametrize("published", [True, False])
async def test_it_is_fed_beside_the_one_that_serves(tmp_path: Path, published: bool) -> None:
    """Of a published artifact, and of the starter, which no `current` names."""
    record, word = Record(), "one" if published else "starter"
    if published:
        publish_word(tmp_path / "artifacts", "one")
    async with living(tmp_path, record) as view:
        artifact = await artifact_of(view)
        await feed(view, 0, PICTURES)
        await eventually(lambda: is_noted(tmp_path, artifact))
    encoded, record.forms, eight = record.encoded, EIGHT, f"{artifact}+int8"
    async with living(tmp_path, record) as view:
        model = await model_when(view, lambda model: (model["preparing"] or {}).get("stage") == "indexing")
        assert (model["artifact"], model.get("generation"), model["count"]) == (artifact, None, 3)
        assert (model["preparing"]["artifact"], model["preparing"]["generation"]) == (artifact, eight)
        assert await said(view) == (word, {word})
        assert record.encoded == encoded, "the old one needs nothing to be fed"

        await feed(view, 0, PICTURES, artifact=eight)
        model = await model_when(view, lambda model: model.get("generation") == eight)
        assert (model["preparing"], model["count"], model["refusal"]) == (None, 3, None)
        assert await said(view) == (f"{word}/int8", {f"{word}/int8"})
        assert record.open == {eight}
        assert "drml_generations_replaced_total 1.0" in (await view.client.get("/metrics")).text
        await eventually(lambda: is_noted(tmp_path, eight))
    # The next start finds it as it is wanted, and the way back has its index still.
    loads, encoded = len(record.loads), record.encoded
    async with living(tmp_path, record) as view:
        assert await artifact_of(view) == artifact
        assert await said(view) == (f"{word}/int8", {f"{word}/int8"})
        assert record.loads[loads:] == [eight]
        assert record.encoded == encoded
        assert indexes(tmp_path) == {f"index-{artifact}.sqlite", f"index-{eight}.sqlite"}


async def test_a_form_that_may_not_be_served_here_any_more_is_not(tmp_path: Path) -> None:
    """The disk was moved to a processor that has no such form: only the wanted one serves, and is fed."""
    record = Record(forms=EIGHT)
    async with living(tmp_path, record) as view:
        artifact = await artifact_of(view)
        await feed(view, 0, PICTURES)
        await eventually(lambda: is_noted(tmp_path, f"{artifact}+int8"))
    record.forms = ["float32"]
    async with living(tmp_path, record) as view:
        model = await model_when(view, lambda model: model["state"] == "ready")
        assert (model["artifact"], model.get("generation"), model["count"]) == (artifact, None, 0)
        await feed(view, 0, PICTURES)
        assert await said(view) == ("starter", {"starter"})
        assert record.open == {artifact}


async def test_another_artifact_follows_in_the_wanted_form(tmp_path: Path) -> None:
    record = Record()
    async with living(tmp_path, record) as view:
        starter = await artifact_of(view)
        await feed(view, 0, PICTURES)
        await eventually(lambda: is_noted(tmp_path, starter))
    one = publish_word(tmp_path / "artifacts", "one").name
    record.forms = EIGHT
    async with living(tmp_path, record) as view:
        await model_when(view, lambda model: (model["preparing"] or {}).get("generation") == f"{one}+int8")
        assert await said(view) == ("starter", {"starter"})
        await feed(view, 0, PICTURES, artifact=f"{one}+int8")
        assert await said(view) == ("one/int8", {"one/int8"})


async def test_a_wanted_form_that_cannot_be_had_is_not_tried_for_ever(tmp_path: Path) -> None:
    """It gives way to the one that serves already: nothing is prepared, and nothing is refused."""
    record = Record()
    async with living(tmp_path, record) as view:
        artifact = await artifact_of(view)
        await feed(view, 0, PICTURES)
        await eventually(lambda: is_noted(tmp_path, artifact))
    record.forms, record.falls_back = EIGHT, True
    async with living(tmp_path, record) as view:

        async def is_tried() -> bool:
            return len(record.loads) == 3

        await eventually(is_tried)
        model = await model_when(view, lambda model: model["preparing"] is None)
        assert (model["artifact"], model["count"], model["refusal"]) == (artifact, 3, None)
        await feed(view, 3, {"d": b"4444"})
        assert await said(view) == ("starter", {"starter"})
        assert len(record.loads) == 3
        assert record.open == {artifact}
