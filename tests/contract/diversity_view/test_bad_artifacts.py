"""Artifacts that must not serve: refused with the reason, remembered, and the old one goes on."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from diversity_contracts.manifest import CURRENT, MANIFEST
from diversity_contracts.publishing import point_current
from tests.contract.diversity_view.feeding import PICTURES, View, feed, model_when, said
from tests.fakes.live_view import WORD, Record, living, publish_word
from tests.fakes.waiting import eventually

STARTER = "drml-20260000T000000Z"


def half_written(folder: Path) -> None:
    (folder / WORD).unlink()


def truncated(folder: Path) -> None:
    (folder / WORD).write_text("b")


def flipped(folder: Path) -> None:
    data = (folder / WORD).read_bytes()
    (folder / WORD).write_bytes(bytes([data[0] ^ 1]) + data[1:])


def foreign(folder: Path) -> None:
    path = folder / MANIFEST
    path.write_text(path.read_text().replace('"kind": "drml"', '"kind": "caption"'))


def with_pickle(folder: Path) -> None:
    (folder / "weights.pkl").write_bytes(b"cos\nsystem\n(S'touch /tmp/owned'\ntR.")


def without_manifest(folder: Path) -> None:
    (folder / MANIFEST).unlink()


def half_a_manifest(folder: Path) -> None:
    text = (folder / MANIFEST).read_text()
    (folder / MANIFEST).write_text(text[: len(text) // 2])


def linked(folder: Path) -> None:
    (folder / "passwd.txt").symlink_to("/etc/passwd")


async def looks(view: View) -> float:
    """How often the volume was looked at so far."""
    text = (await view.client.get("/metrics")).text
    found = re.search(r"drml_artifact_glances_total (\d\S*)", text)
    return float(found[1]) if found else 0.0


async def more_looks(view: View, wanted: float) -> bool:
    return await looks(view) >= wanted


async def refused(view: View, words: str) -> str:
    """Waits until the reason shows in `/model`; the old artifact serves, and `/metrics` says so too."""
    model = await model_when(view, lambda model: model["refusal"] and words in model["refusal"])
    assert (model["artifact"], model["preparing"]) == (STARTER, None)
    assert await said(view) == ("starter", {"starter"})
    metrics = (await view.client.get("/metrics")).text
    assert "drml_artifact_refused 1.0" in metrics
    assert words in metrics
    refusal: str = model["refusal"]
    return refusal


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        (half_written, "is missing"),
        (truncated, "its hash differs"),
        (flipped, "its hash differs"),
        (foreign, "of kind caption"),
        (with_pickle, "not a file an artifact may hold"),
        (without_manifest, "incomplete"),
        (half_a_manifest, "cannot be read"),
        (linked, "a link"),
    ],
)
async def test_what_is_damaged_is_never_opened(
    tmp_path: Path, damage: Callable[[Path], None], words: str
) -> None:
    record = Record()
    async with living(tmp_path, record) as view:
        await feed(view, 0, PICTURES)
        folder = publish_word(tmp_path / "elsewhere", "bad")
        damage(folder)
        home = tmp_path / "artifacts" / "drml"
        home.mkdir(parents=True)
        folder.rename(home / folder.name)
        (home / CURRENT).write_text(folder.name)
        assert (await refused(view, words)).startswith(f"{folder.name}: ")
        assert record.loads == [STARTER]
        assert not list((tmp_path / "state").glob(f"index-{folder.name}*"))


async def test_a_wrong_golden_answer_is_loaded_once_and_a_good_artifact_after_it_serves(
    tmp_path: Path,
) -> None:
    record = Record()
    async with living(tmp_path, record) as view:
        await feed(view, 0, PICTURES)
        wrong = publish_word(tmp_path / "artifacts", "wrong", 1).name
        await refused(view, "golden input")
        seen = await looks(view)
        await eventually(lambda: more_looks(view, seen + 5))
        assert record.loads == [STARTER, wrong]
        good = publish_word(tmp_path / "artifacts", "good", 2).name
        await model_when(view, lambda model: (model["preparing"] or {}).get("stage") == "indexing")
        await feed(view, 0, PICTURES, artifact=good)
        model = await model_when(view, lambda model: model["artifact"] == good)
        assert model["refusal"] is None
        assert "drml_artifact_refused 0.0" in (await view.client.get("/metrics")).text
        # Named again it is not loaded again: its manifest is the same.
        point_current(tmp_path / "artifacts", "drml", wrong)
        seen = await looks(view)
        await eventually(lambda: more_looks(view, seen + 3))
        assert record.loads == [STARTER, wrong, good]
        assert "golden input" in (await view.client.get("/model")).json()["refusal"]


async def test_a_manifest_that_was_mended_is_read_again(tmp_path: Path) -> None:
    async with living(tmp_path, Record()) as view:
        folder = publish_word(tmp_path / "elsewhere", "mended")
        home = tmp_path / "artifacts" / "drml"
        home.mkdir(parents=True)
        right = (folder / MANIFEST).read_text()
        (folder / MANIFEST).write_text("{}")
        folder.rename(home / folder.name)
        (home / CURRENT).write_text(folder.name)
        await model_when(view, lambda model: model["refusal"])
        (home / folder.name / MANIFEST).write_text(right)
        model = await model_when(view, lambda model: model["artifact"] == folder.name)
        assert model["refusal"] is None


@pytest.mark.parametrize("text", ["", "../../etc", "drml-gone", "\x00" * 500])
async def test_a_current_that_names_nothing(tmp_path: Path, text: str) -> None:
    async with living(tmp_path, Record()) as view:
        await feed(view, 0, PICTURES)
        (tmp_path / "artifacts" / "drml").mkdir(parents=True)
        (tmp_path / "artifacts" / "drml" / CURRENT).write_text(text)
        assert (await refused(view, "current: ")).startswith("current: `current` names")


async def test_an_artifact_that_changes_while_it_serves_is_said(tmp_path: Path) -> None:
    async with living(tmp_path, Record()) as view:
        folder = publish_word(tmp_path / "artifacts", "one")
        await model_when(view, lambda model: model["artifact"] == folder.name)
        (folder / MANIFEST).write_text((folder / MANIFEST).read_text() + "\n")
        model = await model_when(view, lambda model: model["refusal"])
        assert "its manifest is not the one that serves" in model["refusal"]


async def test_a_volume_that_goes_away_changes_nothing(tmp_path: Path) -> None:
    async with living(tmp_path, Record()) as view:
        one = publish_word(tmp_path / "artifacts", "one").name
        await model_when(view, lambda model: model["artifact"] == one)
        (tmp_path / "artifacts").rename(tmp_path / "away")
        seen = await looks(view)
        await eventually(lambda: more_looks(view, seen + 3))
        model = (await view.client.get("/model")).json()
        assert (model["artifact"], model["refusal"]) == (one, None)
