"""The plain loop that training is measured against shows the same pictures, and learns from them."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch

from drml_job import drawn_dataset, prepare
from drml_job.devices import Device
from drml_job.packed import Packed
from job_kit.sources import open_source
from tests.bench import training, training_arms, training_time
from tests.bench.training import limit, to_the_starter
from tests.bench.training_arms import KNOBS, Files, PlainLoop, ours, per_class
from tests.bench.training_time import Course, measure

HERE = Device(torch.device("cpu"), torch.float32)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    drawn = tmp_path_factory.mktemp("bench") / "drawn"
    drawn_dataset.write(drawn, per_class=30)
    return drawn


@pytest.fixture(scope="module")
def data(folder: Path) -> Packed:
    return prepare.run(folder, folder.parent / "packed", prepare.Knobs(train_triplets=5, val_triplets=5))


def test_both_arms_show_the_same_pictures_alike(folder: Path, data: Packed) -> None:
    """Crops differ, so means over many pictures are compared: normalised they lie around 0 and 1."""
    batches = [data.rows("train")[:48], data.rows("train")[48:96]]
    files = Files(open_source(folder), data, 64)
    for (one, labels), (other, same) in zip(
        ours(data, HERE, batches), PlainLoop(files, HERE).of(batches), strict=True
    ):
        assert one.shape == other.shape == (48, 3, 64, 64)
        assert labels.tolist() == same.tolist()
        assert one.mean(dim=(0, 2, 3)).numpy() == pytest.approx(other.mean(dim=(0, 2, 3)).numpy(), abs=0.15)
        assert one.std().item() == pytest.approx(other.std().item(), rel=0.1)


def test_a_loader_and_its_workers_serve_round_after_round(folder: Path, data: Packed) -> None:
    loop = PlainLoop(Files(open_source(folder), data, 64), HERE, workers=1)
    rounds = [
        [data.rows("train")[start : start + 8], data.rows("train")[start + 8 : start + 12]]
        for start in (0, 20)
    ]
    for batches in rounds:
        shown = [labels.tolist() for _, labels in loop.of(batches)]
        assert shown == [data.labels[rows].tolist() for rows in batches]


def test_the_limit_is_of_forwards_and_backwards(data: Packed) -> None:
    found = limit(data, HERE)
    # ResNet-18 at 64 px has 148 million multiplications before its last layer.
    assert found["arithmetic_limit_per_s"] == pytest.approx(
        found["peak_gflops"] * 1e9 / (6 * 150e6), rel=0.05
    )
    assert limit(data, Device(torch.device("meta"), torch.float32)) == {}


def test_the_starter_s_time_is_its_journal_s(tmp_path: Path) -> None:
    accuracies = [0.5, 0.9, 0.8]
    lines = [{"epoch": n, "seconds": 1800, "val_triplet_accuracy": a} for n, a in enumerate(accuracies)]
    (tmp_path / "metrics.json").write_text(json.dumps(lines))
    assert to_the_starter(tmp_path) == {
        "epochs": 3, "hours": 1.5, "best_epoch": 2, "hours_to_best": 1.0, "watched_accuracy": 0.9,
    }  # fmt: skip


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """A tenth of the starter's batch, of small pictures."""
    for module in (training, training_arms, training_time):
        monkeypatch.setattr(module, "KNOBS", replace(KNOBS, batch=24, size=32, embedding_dim=64))


def test_an_arm_is_there_when_it_first_is() -> None:
    course = Course()
    for seconds, accuracy in ((2.0, 0.6), (3.0, 0.8), (1.0, 0.7)):
        course.epoch(seconds, accuracy)
    assert (course.reached(0.5), course.reached(0.75), course.reached(0.9)) == (2.0, 5.0, None)


@pytest.mark.usefixtures("quick")
def test_both_arms_train_until_both_are_there(folder: Path, data: Packed) -> None:

    def measured(accuracy: float) -> dict[str, Any]:
        prepared = folder.parent / "packed"
        return measure(
            open_source(folder), data, prepared, accuracy=accuracy, epoch_pictures=48, most_epochs=1
        )

    entry = measured(0.0)
    epochs = entry["detail"]["after_each_epoch"]
    assert [len(epochs[arm]["accuracy"]) for arm in ("ours", "plain")] == [1, 1]
    assert (entry["value"], entry["baseline"]) == (
        epochs["ours"]["seconds"][0],
        epochs["plain"]["seconds"][0],
    )
    with pytest.raises(RuntimeError, match="ours and plain did not reach"):
        measured(1.1)


def test_a_batch_has_more_pictures_of_a_class_where_classes_are_few(data: Packed) -> None:
    assert (len(data.index.classes), per_class(data)) == (4, 60)


@pytest.mark.usefixtures("quick")
def test_the_step_is_timed_on_drawn_pictures_too(folder: Path, data: Packed) -> None:
    entry = training.measure(open_source(folder), data, rounds=1, steps=1, precision="float32")
    rates = entry["detail"]["pictures_per_s"]
    assert (entry["value"], entry["baseline"]) == (rates["ours"], rates["plain"])
    assert min(rates.values()) > 0
