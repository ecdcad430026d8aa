"""Training for real: it learns, every way of forming triplets runs, a killed run ends as an unbroken one."""

import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from safetensors import safe_open
from torch.testing import assert_close

from drml_job import checkpoints, distributed, packed, pretrain, train, trained
from job_kit import journal
from tests.model.drml_job import averaged_gradient, forked

ALONE = distributed.Workers(rank=0, count=1)
SHORT = train.Knobs(
    epochs=2,
    epoch_pictures=96,
    batch=24,
    per_class=6,
    size=32,
    monitor_triplets=40,
    embedding_dim=64,
    precision="float32",
    peak_learning_rate=0.01,
)


def test_learning_separates_drawn_shapes(prepared: Path, data: packed.Packed, tmp_path: Path) -> None:
    knobs = replace(
        SHORT,
        epochs=6,
        mining="batch",
        loss="softplus",
        normalise=True,
        temperature=0.1,
        gap=0.0,
        triplet_weight=20,
        classification_weight=1.0,
        peak_learning_rate=0.02,
        crop_probability=0.0,
    )
    train.run(data, prepared, tmp_path, knobs, ALONE)
    lines = journal.read(tmp_path / "metrics.jsonl")
    assert [line["epoch"] for line in lines] == list(range(6))
    assert lines[-1]["batch_loss"] < 0.8 * lines[0]["batch_loss"]
    assert lines[-1]["train_triplet_accuracy"] > 0.7
    assert (tmp_path / "curves.png").stat().st_size > 5000


@pytest.mark.parametrize(
    "changes",
    [
        {"mining": "file"},
        {"mining": "batch", "batch_triplets": "semi-hard"},
        {"mining": "file", "architecture": "multi-scale", "normalise": True},
        {"mining": "batch", "precision": "bfloat16", "classification_weight": 0.5},
    ],
    ids=str,
)
def test_every_kind_of_training_runs(
    prepared: Path, data: packed.Packed, tmp_path: Path, changes: dict[str, object]
) -> None:
    knobs = replace(SHORT, epochs=1, epoch_pictures=48, **changes)  # type: ignore[arg-type]
    model = trained.from_checkpoint(train.run(data, prepared, tmp_path, knobs, ALONE))
    assert model.network.arguments.architecture == knobs.architecture
    assert all(torch.isfinite(tensor).all() for tensor in model.network.state_dict().values())


@pytest.mark.parametrize(
    "changes", [{"mining": "web"}, {"batch": 25}, {"mining": "batch", "batch": 32}, {"loss": "l2"}], ids=str
)
def test_knobs_that_do_not_fit_are_refused(
    prepared: Path, data: packed.Packed, tmp_path: Path, changes: dict[str, object]
) -> None:
    with pytest.raises(ValueError):  # noqa: PT011  the words differ with the knob
        train.run(data, prepared, tmp_path, replace(SHORT, **changes), ALONE)  # type: ignore[arg-type]


def test_training_starts_from_pretraining(prepared: Path, data: packed.Packed, tmp_path: Path) -> None:
    first = pretrain.run(
        data, tmp_path / "pretrain", pretrain.Knobs(sizes="32:1", batch=32, peak_learning_rate=0.05)
    )
    knobs = replace(SHORT, epochs=1, epoch_pictures=24, peak_learning_rate=0.0, start=str(first))
    second = train.run(data, prepared, tmp_path / "train", knobs, ALONE)
    before, _ = checkpoints.read(first)
    after, state = checkpoints.read(second)
    name = "model.network.trunk.layer4.1.conv2.weight"
    assert_close(after[name], before[name], atol=0, rtol=0)  # a rate of zero leaves the start weights
    assert state["started_from"]["kind"] == "pretrain"
    columns = after["model.network.embedding.weight"]
    assert_close(columns @ columns.T, torch.eye(64), atol=1e-5, rtol=0)  # 64 < 512: orthonormal rows


def command(step: str, prepared: Path, run: Path, *options: str) -> list[str]:
    return [f"drml_job.{step}", "--packed", str(prepared), "--run-dir", str(run),
            "--precision", "float32", *options]  # fmt: skip


PRETRAIN = ("--sizes", "32:2", "--batch", "16", "--peak-learning-rate", "0.05")
TRAIN = ("--epochs", "2", "--epoch-pictures", "96", "--batch", "24", "--size", "32", "--embedding-dim", "32",
         "--monitor-triplets", "40")  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize(("step", "options"), [("pretrain", PRETRAIN), ("train", TRAIN)])
def test_a_killed_run_ends_as_an_unbroken_one(
    prepared: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str, options: tuple[str, ...]
) -> None:
    """The killed one is a process of its own; those that end run here."""
    whole, broken = tmp_path / "whole", tmp_path / "broken"
    main = {"pretrain": pretrain.main, "train": train.main}[step]
    monkeypatch.setattr(sys, "argv", command(step, prepared, whole, *options))
    main()

    pid = forked.start(main, command(step, prepared, broken, *options, "--checkpoint-seconds", "0"))
    deadline = time.monotonic() + 120
    while not in_the_middle(broken / checkpoints.FILE_NAME) and time.monotonic() < deadline:
        time.sleep(0.01)
    os.kill(pid, signal.SIGKILL)
    assert forked.end_of(pid) == -signal.SIGKILL
    assert in_the_middle(broken / checkpoints.FILE_NAME), "the run ended before it could be killed"
    monkeypatch.setattr(sys, "argv", command(step, prepared, broken, *options))
    main()

    expected, _ = checkpoints.read(whole / checkpoints.FILE_NAME)
    found, _ = checkpoints.read(broken / checkpoints.FILE_NAME)
    for name, tensor in expected.items():
        assert_close(found[name], tensor, atol=1e-6, rtol=1e-5)
    assert figures(broken) == pytest.approx(figures(whole), rel=1e-4)


def in_the_middle(checkpoint: Path) -> bool:
    """By the file's header: to read the tensors too takes longer than a step."""
    if not checkpoint.exists():
        return False
    with safe_open(checkpoint, framework="pt") as opened:
        step: int = json.loads(opened.metadata()["state"])["step"]
    return step > 1


def figures(run: Path) -> dict[str, float]:
    last = json.loads((run / "metrics.jsonl").read_text().splitlines()[-1])
    return {name: value for name, value in last.items() if name != "seconds"}


@pytest.mark.slow
def test_two_processes_follow_the_gradient_of_the_whole_batch() -> None:
    launch = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2", "-m"]
    done = subprocess.run(
        [*launch, averaged_gradient.__name__],
        env={**os.environ, "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    found = json.loads(done.stdout)
    whole = averaged_gradient.gradient_of(averaged_gradient.linear(), averaged_gradient.ROWS)
    half = averaged_gradient.gradient_of(averaged_gradient.linear(), averaged_gradient.ROWS[::2])
    assert found["gradient"][0] == pytest.approx(whole[0], rel=1e-6)
    assert half[0] != pytest.approx(whole[0], rel=1e-2)
    assert (found["count"], found["mean_rank"]) == (2, 0.5)


def test_two_processes_train_as_one(prepared: Path, tmp_path: Path) -> None:
    """That torchrun's processes find each other is the test above."""
    options = (*TRAIN, "--mining", "batch", "--per-class", "6", "--classification-weight", "1")
    assert forked.several(train.main, command("train", prepared, tmp_path, *options), 2) == [0, 0]
    assert [line["epoch"] for line in journal.read(tmp_path / "metrics.jsonl")] == [0, 1]
    _, state = checkpoints.read(tmp_path / checkpoints.FILE_NAME)
    assert (state["epoch"], state["step"]) == (2, 0)
