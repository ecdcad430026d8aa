"""Batches are the same pictures wherever they lie, in the rows' order."""

from pathlib import Path

import numpy as np
import pytest
import torch

from drml_job import devices, packed
from drml_job.packed import Packed, PackedIndex
from drml_job.resident import Pictures, has_room


@pytest.fixture
def data(tmp_path: Path) -> Packed:
    """Seven pictures of 2 px, mapped read-only from their file as a job's are."""
    pictures = packed.create(tmp_path, 7, 2)
    pictures[:] = np.random.default_rng(1).integers(0, 256, pictures.shape)
    pictures.flush()
    index = PackedIndex(1, 2, list("abcdefg"), [0] * 7, ["train"] * 7, ["c"], {}, [0.0] * 3, [1.0] * 3, "")
    packed.seal(tmp_path, index)
    return packed.load(tmp_path)


@pytest.mark.parametrize("resident", [False, True])
def test_rows_come_as_channels_first_bytes(data: Packed, resident: bool) -> None:
    rows = np.array([6, 0, 3, 3])
    found = Pictures(data, devices.CPU, resident=resident)(rows)
    assert found.dtype is torch.uint8
    assert np.array_equal(found.numpy(), data.pictures[rows].transpose(0, 3, 1, 2))


def test_a_batch_can_be_written_without_changing_the_collection(data: Packed) -> None:
    before = np.array(data.pictures)
    for resident in (False, True):
        pictures = Pictures(data, devices.CPU, resident=resident)
        pictures(np.array([1]))[:] = 0
        assert np.array_equal(pictures(np.array([1])).numpy(), before[[1]].transpose(0, 3, 1, 2))


def test_an_accelerator_holds_what_it_has_room_for(monkeypatch: pytest.MonkeyPatch, data: Packed) -> None:
    monkeypatch.setattr(torch.cuda, "mem_get_info", lambda _device: (1_000, 4_000))
    assert has_room(500, torch.device("cuda", 0))
    assert not has_room(501, torch.device("cuda", 0))
    assert not has_room(1, torch.device("cpu"))
    assert not Pictures(data, devices.CPU).resident
