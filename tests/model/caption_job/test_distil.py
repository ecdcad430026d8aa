"""Distilling: PyTorch's Xception and Keras' are one network; it learns, it resumes, it feeds `features`."""

import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from caption_job import devices, distil, encoder_weights, student, taught, xception_keras
from caption_job.features import worst_cosine_distance
from caption_job.xception_torch import Xception, pooled_same
from caption_service.encoder_arguments import EncoderArguments

SMALL = distil.Knobs(size=71, epochs=1, batch=4, epoch_pictures=8, precision="float32")


@pytest.fixture(scope="module")
def source(work: Path) -> taught.Taught:
    found = taught.open_taught(work / "work" / "prepared", work / "work" / "features")
    return replace(found, val=found.val[:4])


def test_a_teacher_is_read_with_the_pictures_it_saw(
    work: Path, source: taught.Taught, tmp_path: Path
) -> None:
    """Not with those of another size that lie beside them, a half-filled one least of all."""
    prepared = Path(shutil.copytree(work / "work" / "prepared", tmp_path / "prepared"))
    np.save(prepared / "pictures-8.npy", np.zeros((len(source.pictures), 8, 8, 3), np.uint8))
    (prepared / "pictures-8.json").write_text('{"data": "x", "done": 1, "larger": 0}')
    found = taught.open_taught(prepared, work / "work" / "features")
    assert np.array_equal(found.pictures, source.pictures)
    (prepared / "pictures-96.json").unlink()
    with pytest.raises(ValueError, match="no stored pictures"):
        taught.open_taught(prepared, work / "work" / "features")


def shaken(seed: int) -> Xception:
    """Random weights and moving statistics: fresh ones would hide a swapped pair."""
    torch.manual_seed(seed)
    network = Xception().eval()
    for name, tensor in network.state_dict().items():
        if name.endswith(("running_mean", "bias")):
            tensor.normal_(0, 0.1)
        elif name.endswith("running_var") or tensor.ndim == 1:
            tensor.uniform_(0.7, 1.3)
    return network


@pytest.mark.parametrize("size", [71, 96])  # odd and even sides on the way down are padded differently
def test_the_two_networks_compute_the_same(size: int) -> None:
    network = shaken(size)
    model = xception_keras.carried(network, size)
    x = np.random.default_rng(1).uniform(-1, 1, (2, size, size, 3)).astype(np.float32)
    with torch.inference_mode():
        ours = network(torch.from_numpy(x).permute(0, 3, 1, 2)).numpy()
    theirs = np.asarray(model.predict_on_batch(x))
    assert worst_cosine_distance(ours, theirs) < 1e-5
    assert ours == pytest.approx(theirs, rel=1e-2, abs=1e-3 * float(np.abs(theirs).max()))


@pytest.mark.parametrize("side", [7, 8])
def test_pooling_pads_as_tensorflow_does(side: int) -> None:
    x = torch.randn(1, 1, side, side)
    before = side % 2
    for row in range((side + 1) // 2):
        for column in range((side + 1) // 2):
            top, left = 2 * row - before, 2 * column - before
            window = x[0, 0, max(0, top) : top + 3, max(0, left) : left + 3]
            assert pooled_same(x)[0, 0, row, column] == window.max()


def test_a_stopped_distillation_ends_as_an_unbroken_one(source: taught.Taught, tmp_path: Path) -> None:
    whole, broken = tmp_path / "whole", tmp_path / "broken"
    distil.run([source], whole, SMALL)
    # The checkpoint that is written after the first step is all that survives.
    distil.run([source], broken, SMALL, checkpoint_seconds=0, stop_after_steps=1)
    assert not (broken / "encoder.safetensors").exists()
    path = distil.run([source], broken, SMALL)
    one, other = ((folder / "encoder.safetensors").read_bytes() for folder in (whole, broken))
    assert one == other
    with pytest.raises(ValueError, match="another run"):
        distil.run([source], broken, replace(SMALL, batch=2))

    network, history = encoder_weights.obtain(EncoderArguments("xception", 71), str(path), "")
    assert (history["kind"], history["teacher_encoder"]) == ("distilled", "mobilenet_v2")
    assert json.loads((whole / "encoder.json").read_text())["figures"]["torch_keras_distance"] < 1e-5
    assert network.output_shape == (None, 2048)


def test_settled_statistics_are_the_mean_over_the_batches_with_the_weights_of_now() -> None:
    model = student.Student(3)
    norm = next(module for module in model.modules() if isinstance(module, torch.nn.BatchNorm2d))
    for old in (norm.running_mean, norm.running_var):
        assert old is not None
        old.fill_(7)
    momentum = norm.momentum
    batches = [torch.randn(2, 3, 71, 71) + shift for shift in (0, 1)]
    first = model.xception.layers["block1_conv1"]
    with torch.no_grad():
        expected = torch.stack([first(x).mean(dim=(0, 2, 3)) for x in batches]).mean(dim=0)
    student.settle(model, batches, devices.choose("float32"))
    torch.testing.assert_close(norm.running_mean, expected)
    assert norm.momentum == momentum


def test_crops_stay_inside_and_keep_their_share() -> None:
    random = np.random.default_rng(0)
    picture = np.arange(40 * 40 * 3, dtype=np.uint32).reshape(40, 40, 3).astype(np.uint8)
    sides = [student.crop_and_flip(picture, 0.8, random).shape for _ in range(50)]
    assert {len(side) for side in sides} == {3}
    assert min(min(side[:2]) for side in sides) >= 32
    assert max(max(side[:2]) for side in sides) <= 40
    assert len(set(sides)) > 10


def test_pictures_enter_between_minus_one_and_one() -> None:
    pictures = np.stack([np.zeros((8, 8, 3), np.uint8), np.full((8, 8, 3), 255, np.uint8)])
    x = student.network_input(pictures, 4)
    assert x.shape == (2, 3, 4, 4)
    assert (x[0] == -1).all()
    assert x[1].numpy() == pytest.approx(1)
