"""A job whose weights learned from a teacher that has seen ImageNet: every record of it says so."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
import torch

from diversity_contracts.manifest import verify
from drml_job import (
    checkpoints,
    devices,
    distributed,
    evaluate,
    evaluation,
    packed,
    pretrain,
    provenance,
    publish,
    teacher,
    train,
    trained,
)
from drml_job.frozen import FrozenEncoder

ALONE = distributed.Workers(rank=0, count=1)
SHORT = train.Knobs(
    epochs=1, epoch_pictures=48, batch=24, size=32, monitor_triplets=40, embedding_dim=64, precision="float32"
)
FIGURES = evaluation.Knobs(triplets=500, farthest_queries=10)


def mean_colour(pictures: torch.Tensor) -> torch.Tensor:
    return pictures.float().mean((2, 3)) / 255


@pytest.mark.parametrize("seen", [True, False])
def test_from_the_teacher_to_the_card(
    data: packed.Packed,
    prepared: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    seen: bool,
) -> None:
    encoder = FrozenEncoder("wise", 3, mean_colour, seen_imagenet=seen)
    features = teacher.run(data, tmp_path, encoder, devices.choose("float32"))
    knobs = pretrain.Knobs(sizes="32:1", batch=32, peak_learning_rate=0.05, teacher_features=str(features))
    start = pretrain.run(data, tmp_path / "pretrain", knobs)
    run = tmp_path / "train"
    path = train.run(data, prepared, run, replace(SHORT, start=str(start)), ALONE)
    state = checkpoints.read(path)[1]
    assert state["started_from"]["teacher"] == {"encoder": "wise", "seen_imagenet": seen}
    assert state["triplets"]["encoder"] == ""

    evaluate.run_checkpoint(data, run, FIGURES)
    words = provenance.described(seen)
    assert json.loads((run / "evaluation.json").read_text())["weights"] == words
    assert words in capsys.readouterr().out

    folder = publish.run(data, run, tmp_path / "artifacts", datetime.now(UTC))
    assert verify(folder, "drml").metrics["seen_imagenet"] == float(seen)
    assert trained.from_artifact(folder).seen_imagenet is seen
    card = (folder / "MODEL_CARD.md").read_text()
    assert f"## Figures: {words}" in card
    assert ("**these are weights that have seen ImageNet.**" in card) is seen
    assert "taught by a frozen encoder (`wise`)" in card

    again = pretrain.run(data, tmp_path / "again", replace(knobs, start=str(folder), teacher_features=""))
    tensors, state = checkpoints.read(again)
    assert state["started_from"] == {"kind": "artifact", "version": folder.name, "seen_imagenet": seen}
    assert provenance.seen_imagenet(state) is seen
    # Of another size here, and not trained: only the features go on.
    assert tensors["model.network.embedding.weight"].shape == (4096, 512)
