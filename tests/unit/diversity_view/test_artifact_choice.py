"""Which artifact is chosen when some of them are bad; artifacts of a picture and a word, no network."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from diversity_contracts.manifest import STARTER, BadArtifact, Golden, Manifest, Preprocessing
from diversity_contracts.publishing import point_current, publish
from diversity_view.artifact_choice import Artifact, choose


def published(root: Path, day: int) -> Path:
    manifest = Manifest(
        kind="drml",
        version=f"drml-2026010{day}T000000Z",
        created=datetime(2026, 1, day, tzinfo=UTC),
        code_revision="test",
        data_fingerprint="0",
        preprocessing=Preprocessing(size=8, resize="squash", mean=(0, 0, 0), std=(1, 1, 1)),
        model={},
        golden=[Golden(file="golden.txt", output=[1.0], tolerance=1)],
    )

    def write(folder: Path) -> None:
        (folder / "golden.txt").write_text("golden")
        (folder / "weights.txt").write_text(f"day {day}")

    return publish(root, manifest, write)


@pytest.fixture
def starter(tmp_path: Path) -> Path:
    return published(tmp_path / "package", 9)


def read(artifact: Artifact) -> str:
    word = (artifact.folder / "weights.txt").read_text()
    if "day 2" in word:
        raise BadArtifact("golden inputs disagree")
    return word


def flip(path: Path) -> None:
    path.write_bytes(bytes([path.read_bytes()[0] ^ 1]) + path.read_bytes()[1:])


def test_the_current_one(tmp_path: Path, starter: Path) -> None:
    published(tmp_path, 1)
    published(tmp_path, 3)
    choice = choose("drml", tmp_path, read, starter=starter)
    assert (choice.loaded, choice.refusal) == ("day 3", None)


def test_nothing_published_is_no_refusal(tmp_path: Path, starter: Path) -> None:
    choice = choose("drml", tmp_path / "empty", read, starter=starter)
    assert (choice.loaded, choice.refusal) == ("day 9", None)


def test_a_flipped_bit_leaves_the_older_one_and_the_reason(tmp_path: Path, starter: Path) -> None:
    published(tmp_path, 1)
    flip(published(tmp_path, 3) / "weights.txt")
    choice = choose("drml", tmp_path, read, starter=starter)
    assert choice.loaded == "day 1"
    assert choice.refusal is not None
    assert "drml-20260103T000000Z" in choice.refusal
    assert "hash differs" in choice.refusal


def test_the_newest_older_one_that_is_sound(tmp_path: Path, starter: Path) -> None:
    """Day 4 is half written, days 3 and 1 are sound, day 2 loads but disagrees with its golden inputs."""
    for day in (1, 2, 3, 4):
        published(tmp_path, day)
    (tmp_path / "drml" / "drml-20260104T000000Z" / "weights.txt").unlink()
    choice = choose("drml", tmp_path, read, starter=starter)
    assert choice.loaded == "day 3"
    assert choice.refusal is not None
    assert "weights.txt' is missing" in choice.refusal


def test_after_a_rollback_newer_ones_are_not_served(tmp_path: Path, starter: Path) -> None:
    for day in (1, 2, 3):
        published(tmp_path, day)
    point_current(tmp_path, "drml", "drml-20260102T000000Z")
    choice = choose("drml", tmp_path, read, starter=starter)
    assert choice.loaded == "day 1"
    assert choice.refusal is not None
    assert "golden inputs disagree" in choice.refusal


def test_after_a_rollback_to_the_starter_nothing_published_is_served(tmp_path: Path, starter: Path) -> None:
    published(tmp_path, 1)
    point_current(tmp_path, "drml", STARTER)
    choice = choose("drml", tmp_path, read, starter=starter)
    assert (choice.loaded, choice.refusal) == ("day 9", None)


def test_a_current_that_names_nothing(tmp_path: Path, starter: Path) -> None:
    published(tmp_path, 1)
    (tmp_path / "drml" / "current").write_text("../../etc")
    choice = choose("drml", tmp_path, read, starter=starter)
    assert choice.loaded == "day 1"
    assert choice.refusal is not None
    assert choice.refusal.startswith("current: ")


def test_the_starter_is_the_last_resort(tmp_path: Path, starter: Path) -> None:
    published(tmp_path, 2)
    assert choose("drml", tmp_path, read, starter=starter).loaded == "day 9"
    flip(starter / "weights.txt")
    with pytest.raises(BadArtifact, match=r"golden inputs disagree; .*hash differs"):
        choose("drml", tmp_path, read, starter=starter)


def test_what_served_last_goes_first_and_what_is_wrong_with_it_is_no_refusal(
    tmp_path: Path, starter: Path
) -> None:
    for day in (1, 2, 3):
        published(tmp_path, day)
    for first, loaded in (
        ("drml-20260101T000000Z", "day 1"),
        ("drml-20260102T000000Z", "day 3"),  # it disagrees with its golden inputs
        ("drml-20260109T000000Z", "day 9"),  # the starter
        ("drml-gone", "day 3"),
        ("../../etc", "day 3"),
    ):
        choice = choose("drml", tmp_path, read, starter=starter, first=first)
        assert (choice.loaded, choice.refusal) == (loaded, None), first
