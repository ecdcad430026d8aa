"""Frozen encoders: features computed once, resumed where they stopped, used for ordering and for teaching."""

import json
from dataclasses import asdict
from pathlib import Path

import numpy as np
import pytest
import torch
from torch.testing import assert_close

from drml_job import checkpoints, devices, frozen, optimisers, packed, prepare, pretrain, teacher, triplets
from drml_job.frozen import FrozenEncoder
from drml_service.network import EmbeddingNetwork, NetworkArguments

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
    about = triplets.about(tmp_path)
    assert about == {"in_class_negatives": 0.25, "encoder": file.stem[7:], "seen_imagenet": False}
    distances = teacher.cosine_distances(teacher.read(file, data))
    query, positive, negative = drawn[in_class].T
    assert (distances(query, positive) <= distances(query, negative)).all()


def test_folding_the_norms_changes_nothing() -> None:
    """Random statistics: those of a fresh network are too plain to notice a mistake."""
    package = pytest.importorskip("efficientnet_lite_pytorch")
    torch.manual_seed(2)
    network = package.EfficientNet.from_name("efficientnet-lite0", image_size=64)
    for module in network.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            assert module.running_mean is not None
            assert module.running_var is not None
            torch.nn.init.uniform_(module.running_mean, -0.5, 0.5)
            torch.nn.init.uniform_(module.running_var, 0.5, 1.5)
            torch.nn.init.uniform_(module.weight, 0.5, 1.5)
            torch.nn.init.uniform_(module.bias, -0.5, 0.5)
    network.eval()
    x = torch.randn(2, 3, 64, 64)
    with torch.inference_mode():
        expected = network.extract_features(x)
        frozen.fold_norms(network)
        assert not any(isinstance(module, torch.nn.BatchNorm2d) for module in network.modules())
        assert_close(network.extract_features(x), expected, atol=1e-4, rtol=1e-3)


def test_another_size_is_another_file(data: packed.Packed, tmp_path: Path) -> None:
    start, arguments = tmp_path / checkpoints.FILE_NAME, NetworkArguments()
    model = pretrain.Classifier(EmbeddingNetwork(arguments), classes=4)
    state = checkpoints.begin("pretrain", asdict(pretrain.Knobs()), data, arguments.to_json())
    checkpoints.save(start, model, optimisers.sgd(model.parameters(), 0.9, 0.0), state)
    usual, larger = (frozen.open_encoder(str(start), CPU.torch_device, size) for size in (0, 48))
    assert larger.name == f"{usual.name}-48px"
    pictures = torch.from_numpy(np.array(data.pictures[:2])).permute(0, 3, 1, 2)
    with torch.inference_mode():
        assert not torch.allclose(usual.features(pictures), larger.features(pictures))


def test_a_taught_network_learns_to_predict_its_teacher(data: packed.Packed, tmp_path: Path) -> None:
    path = teacher.run(data, tmp_path, MeanColour().encoder(), CPU)
    knobs = pretrain.Knobs(sizes="32:3", batch=32, peak_learning_rate=0.05, precision="float32")
    taught = pretrain.Knobs(**{**vars(knobs), "teacher_features": str(path)})
    tensors, state = checkpoints.read(pretrain.run(data, tmp_path / "taught", taught))
    assert tensors["model.projection.weight"].shape == (3, 512)
    assert state["knobs"]["teacher_features"] == str(path)
    lines = [json.loads(line) for line in (tmp_path / "taught" / "metrics.jsonl").read_text().splitlines()]
    assert lines[-1]["train_loss"] < lines[0]["train_loss"] - 1
