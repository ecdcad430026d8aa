"""Progress of a run: what it counts, when it saves."""

from pathlib import Path

import pytest
import torch
from torch import nn

from drml_job import checkpoints, optimisers
from drml_job.progress import Progress


def progress(path: Path, save_seconds: float, *, active: bool = True, seconds: float = 0.0) -> Progress:
    model = nn.Linear(2, 1)
    optimiser = optimisers.sgd(model.parameters(), 0.9, 0.0)
    state = {"epoch": 1, "step": 0, "loss_sum": 0.0, "seconds": seconds}
    return Progress(path, model, optimiser, state, save_seconds, active=active)


def stored(path: Path) -> dict[str, float]:
    return checkpoints.read(path)[1]


def test_every_step_counts_and_a_due_one_saves(tmp_path: Path) -> None:
    file = tmp_path / checkpoints.FILE_NAME
    running = progress(file, save_seconds=0.0, seconds=100.0)
    running.step_done(2.0)
    running.step_done(4.0)
    assert (running.epoch, running.step, running.mean_loss) == (1, 2, 3.0)
    found = stored(file)
    assert (found["epoch"], found["step"], found["loss_sum"]) == (1, 2, 6.0)
    assert 100.0 < found["seconds"] < 130.0


def test_before_it_is_due_nothing_is_written(tmp_path: Path) -> None:
    file = tmp_path / checkpoints.FILE_NAME
    running = progress(file, save_seconds=3600.0)
    running.step_done(2.0)
    assert not file.exists()
    running.save()
    assert stored(file)["step"] == 1


def test_the_next_epoch_begins_at_nought(tmp_path: Path) -> None:
    running = progress(tmp_path / checkpoints.FILE_NAME, save_seconds=3600.0, seconds=50.0)
    running.step_done(2.0)
    running.epoch_done()
    assert (running.epoch, running.step, running.mean_loss) == (2, 0, 0.0)
    assert running.seconds < 30.0
    running.step_done(5.0)
    assert running.mean_loss == 5.0


def test_others_than_the_first_process_write_nothing(tmp_path: Path) -> None:
    file = tmp_path / checkpoints.FILE_NAME
    other = progress(file, save_seconds=0.0, active=False)
    other.step_done(2.0)
    other.save()
    assert other.step == 1
    assert not file.exists()


def test_descending_is_what_the_optimiser_says() -> None:
    model = nn.Linear(1, 1, bias=False)
    nn.init.ones_(model.weight)
    optimiser = torch.optim.SGD(model.parameters(), lr=0.0)
    scaler = torch.amp.GradScaler("cpu", enabled=False)
    optimisers.set_learning_rate(optimiser, 0.1)
    for expected in (0.8, 0.64):  # w - 0.1 * 2 w: no gradient is left over from the step before
        optimisers.descend(optimiser, scaler, model(torch.ones(1, 1)).square().sum())
        assert model.weight.item() == pytest.approx(expected)
