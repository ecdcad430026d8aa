"""Frozen encoders: features computed once, resumed where they stopped, used for ordering and for teaching."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch

from drml_job import checkpoints, devices, packed, prepare, pretrain, teacher, triplets
from drml_job.frozen import FrozenEncoder

CPU = devices.Device(torch.device("cpu"), torch.float32)


class MeanColour:
    """An encoder that is obvious to check; counts the pictures it was shown."""

    def __init__(self) -> None:
        self.seen = 0

    def __call__(self, pictures: torch.Tensor) -> torch.Tensor:
        self.seen += len(pictures)
        return pictures.float().mean((2, 3)) / 255

    def encoder(self) -> FrozenEncoder:
        return FrozenEncoder("mean-colour", 3, self)


def test_features_stand_in_packed_order(data: packed.Packed, tmp_path: Path) -> None:
    path = teacher.run(data, tmp_path, MeanColour().encoder(), CPU)
    found = teacher.read(path, data)
    assert found.dtype == np.float16
    assert np.asarray(found) == pytest.approx(data.pictures.mean((1, 2)) / 255, abs=1e-3)


def test_a_second_run_computes_only_what_is_missing(data: packed.Packed, tmp_path: Path) -> None:
    path = teacher.run(data, tmp_path, MeanColour().encoder(), CPU)
    progress = path.with_suffix(".json")
    about = json.loads(progress.read_text())
    progress.write_text(json.dumps(about | {"done": 100}))
    with pytest.raises(ValueError, match="unfinished"):
        teacher.read(path, data)
    encoder = MeanColour()
    teacher.run(data, tmp_path, encoder.encoder(), CPU)
    assert encoder.seen == len(data.pictures) - 100
    teacher.run(data, tmp_path, encoder.encoder(), CPU)
    assert encoder.seen == len(data.pictures) - 100
    progress.write_text(json.dumps(about | {"data": "other"}))
    teacher.run(data, tmp_path, encoder.encoder(), CPU)
    assert encoder.seen == 2 * len(data.pictures) - 100


def test_in_class_triplets_follow_the_encoder(data: packed.Packed, prepared: Path, tmp_path: Path) -> None:
    start = pretrain.run(
        data, tmp_path / "run", pretrain.Knobs(sizes="32:1", batch=32, peak_learning_rate=0.05)
    )
    knobs = prepare.Knobs(train_triplets=200, val_triplets=20, in_class_negatives=0.25, encoder=str(start))
    prepare.write_triplets(data, tmp_path, knobs)
    drawn = triplets.read(tmp_path / "triplets-train.txt", data.index.paths)
    in_class = data.labels[drawn[:, 0]] == data.labels[drawn[:, 2]]
    assert in_class.sum() == 50
    assert not in_class[:50].all()  # both kinds are mixed
    (file,) = tmp_path.glob("frozen-pretrain-*.npy")
    distances = teacher.cosine_distances(teacher.read(file, data))
    query, positive, negative = drawn[in_class].T
    assert (distances(query, positive) <= distances(query, negative)).all()


def test_a_taught_network_learns_to_predict_its_teacher(data: packed.Packed, tmp_path: Path) -> None:
    path = teacher.run(data, tmp_path, MeanColour().encoder(), CPU)
    knobs = pretrain.Knobs(sizes="32:3", batch=32, peak_learning_rate=0.05, precision="float32")
    taught = pretrain.Knobs(**{**vars(knobs), "teacher_features": str(path)})
    tensors, state = checkpoints.read(pretrain.run(data, tmp_path / "taught", taught))
    assert tensors["model.projection.weight"].shape == (3, 512)
    assert state["knobs"]["teacher_features"] == str(path)
    lines = [json.loads(line) for line in (tmp_path / "taught" / "metrics.jsonl").read_text().splitlines()]
    assert lines[-1]["train_loss"] < lines[0]["train_loss"] - 1
