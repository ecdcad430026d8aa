"""Checkpoints: everything comes back, nothing of another run does, no pickle is written."""

from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors import safe_open
from torch import nn
from torch.testing import assert_close

from drml_job import checkpoints, optimisers, packed
from drml_job.packed import PackedIndex


def data(fingerprint: str = "f") -> packed.Packed:
    index = PackedIndex(packed.FORMAT, 4, [], [], [], ["a", "b"], {}, [0.5] * 3, [0.2] * 3, fingerprint)
    return packed.Packed(index, np.zeros((0, 4, 4, 3), dtype=np.uint8))


def model() -> nn.Module:
    return nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4), nn.Flatten(), nn.Linear(16, 2))


def step(network: nn.Module, optimiser: torch.optim.Optimizer, seed: int) -> None:
    x = torch.randn(8, 3, 4, 4, generator=torch.Generator().manual_seed(seed))
    optimisers.set_learning_rate(optimiser, 0.1)
    optimiser.zero_grad()
    network(x).square().mean().backward()
    optimiser.step()


def test_a_resumed_run_goes_on_exactly(tmp_path: Path) -> None:
    file = tmp_path / checkpoints.FILE_NAME
    state = checkpoints.begin("train", {"rate": 0.1}, data(), {"architecture": "single"})
    first = model()
    optimiser = optimisers.sgd(first.parameters(), 0.9, 1e-3)
    step(first, optimiser, 1)
    step(first, optimiser, 2)
    checkpoints.save(file, first, optimiser, state | {"epoch": 3, "step": 17})
    step(first, optimiser, 3)

    second = model()
    other = optimisers.sgd(second.parameters(), 0.9, 1e-3)
    restored = checkpoints.resume(file, second, other, state)
    assert (restored["epoch"], restored["step"]) == (3, 17)
    step(second, other, 3)
    for name, tensor in first.state_dict().items():
        assert_close(second.state_dict()[name], tensor, atol=0, rtol=0)


def test_the_momentum_is_among_the_tensors(tmp_path: Path) -> None:
    file = tmp_path / checkpoints.FILE_NAME
    network = model()
    optimiser = optimisers.sgd(network.parameters(), 0.9, 1e-3)
    step(network, optimiser, 1)
    checkpoints.save(file, network, optimiser, {"kind": "train"})
    with safe_open(file, framework="pt") as opened:
        names = set(opened.keys())
    assert {"model.0.weight", "model.1.running_mean", "optimiser.0.weight.momentum_buffer"} <= names
    assert [path.name for path in tmp_path.iterdir()] == [checkpoints.FILE_NAME]


@pytest.mark.parametrize(
    ("kind", "knobs", "fingerprint"),
    [("pretrain", {"rate": 0.1}, "f"), ("train", {"rate": 0.2}, "f"), ("train", {"rate": 0.1}, "g")],
)
def test_another_runs_checkpoint_is_refused(
    tmp_path: Path, kind: str, knobs: dict[str, float], fingerprint: str
) -> None:
    file = tmp_path / checkpoints.FILE_NAME
    network = model()
    optimiser = optimisers.sgd(network.parameters(), 0.9, 1e-3)
    checkpoints.save(file, network, optimiser, checkpoints.begin("train", {"rate": 0.1}, data(), {}))
    with pytest.raises(ValueError, match="another run"):
        checkpoints.resume(file, network, optimiser, checkpoints.begin(kind, knobs, data(fingerprint), {}))


def test_amended_knobs_are_remembered(tmp_path: Path) -> None:
    file = tmp_path / checkpoints.FILE_NAME
    network = model()
    optimiser = optimisers.sgd(network.parameters(), 0.9, 1e-3)
    begun = checkpoints.begin("train", {"rate": 0.1, "size": 4}, data(), {})
    checkpoints.save(file, network, optimiser, begun | {"epoch": 2, "step": 5})
    for rate in (0.2, 0.3):
        other = checkpoints.begin("train", {"rate": rate, "size": 4}, data(), {})
        checkpoints.save(
            file, network, optimiser, checkpoints.resume(file, network, optimiser, other, amend=True)
        )
    state = checkpoints.read(file)[1]
    assert state["knobs"] == {"rate": 0.3, "size": 4}
    assert (state["epoch"], state["step"]) == (2, 5)
    assert state["amendments"] == [
        {"epoch": 2, "step": 5, "changed": {"rate": [0.1, 0.2]}},
        {"epoch": 2, "step": 5, "changed": {"rate": [0.2, 0.3]}},
    ]
    with pytest.raises(ValueError, match="another run"):
        checkpoints.resume(
            file, network, optimiser, checkpoints.begin("train", {}, data("g"), {}), amend=True
        )
