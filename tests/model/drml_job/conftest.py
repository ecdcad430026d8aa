"""A prepared set of drawn pictures, small enough to train on within a test."""

import os
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest
import torch

from drml_job import drawn_dataset, packed, prepare

# TensorBoard's writer loads TensorFlow if that is installed, 5 s of a core, only to open a file. With this
# module there it does as in the job's own environment, which has no TensorFlow.
sys.modules.setdefault("tensorboard.compat.notf", ModuleType("notf"))


@pytest.fixture(scope="module", autouse=True)
def one_core() -> Iterator[None]:
    """A job takes every core that it may run on; beside other tests its threads wait for one another.

    They spin meanwhile: the same training took 62 s of two cores, and takes 10 s of one.
    """
    every = sorted(os.sched_getaffinity(0))
    worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
    os.sched_setaffinity(0, {every[worker % len(every)]})
    yield
    os.sched_setaffinity(0, every)
    torch.set_num_threads(1)


@pytest.fixture(scope="session")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Packed at 32 px: four classes, about 108 training and 12 validation pictures, with triplet files."""
    root = tmp_path_factory.mktemp("prepared")
    drawn_dataset.write(root / "data", per_class=30)
    knobs = prepare.Knobs(stored_size=32, train_triplets=300, val_triplets=60)
    prepare.run(root / "data", root / "packed", knobs)
    return root / "packed"


@pytest.fixture
def data(prepared: Path) -> packed.Packed:
    return packed.load(prepared)
