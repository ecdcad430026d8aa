"""The search is measured on the pictures that were trained on, where a collection tells them apart."""

from pathlib import Path

import pytest

from job_kit.sources import DirectorySource
from tests.bench.search_vectors import kinds, training_pictures
from tests.fakes.drawn import drawn


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Tiny ImageNet's layout, a picture of each split."""
    for name in (
        "test/images/t.JPEG",
        "train/n01/images/b.JPEG",
        "train/n01/images/a.JPEG",
        "val/images/v.JPEG",
    ):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(drawn(1, kind="JPEG"))
    return tmp_path


def test_of_a_collection_with_splits_the_training_ones(folder: Path) -> None:
    (folder / "val/val_annotations.txt").write_text("v.JPEG\tn01\t0\t0\t1\t1\n")
    assert training_pictures(DirectorySource(folder)) == [
        "train/n01/images/a.JPEG",
        "train/n01/images/b.JPEG",
    ]


def test_of_any_other_folder_all(folder: Path) -> None:
    (folder / "words.txt").write_text("no picture")
    assert len(training_pictures(DirectorySource(folder))) == 4


def test_trained_vectors_are_taken_from_all_over() -> None:
    trained = kinds(2_000, 1, None)["random"][:40]
    found = kinds(20, 1, trained)
    assert found["trained"].tolist() == trained[::2].tolist()
    assert {name: len(x) for name, x in found.items()} == dict.fromkeys(
        ("random", "clustered", "duplicated", "constant", "trained"), 20
    )
