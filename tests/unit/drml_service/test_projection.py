"""The catalogue's map: layers in order, and no file that is not one."""

from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import save_file

from diversity_contracts.manifest import BadArtifact, Golden, Manifest, Preprocessing
from drml_service import projection
from drml_service.artifact import PROJECTION
from drml_service.projection import Layer, Projection
from drml_service.search import Float32


def normal(*shape: int) -> Float32:
    return np.random.default_rng(sum(shape)).normal(size=shape).astype(np.float32)


def manifest(*files: str) -> Manifest:
    return Manifest.model_validate(
        {
            "kind": "drml",
            "version": "drml-1",
            "created": "2026-01-01T00:00:00Z",
            "code_revision": "",
            "data_fingerprint": "",
            "preprocessing": Preprocessing(size=8, resize="squash", mean=(0, 0, 0), std=(1, 1, 1)),
            "model": {},
            "golden": [Golden(file="a.png", output=[1.0], tolerance=1)],
            "files": dict.fromkeys(files, "0"),
        }
    )


def test_a_place_is_what_the_layers_say_one_after_another() -> None:
    first, last = Layer(normal(4, 6), normal(4)), Layer(normal(2, 4), normal(2))
    vectors = normal(9, 6)
    found = Projection((first, last)).points(vectors)
    for vector, place in zip(vectors, found, strict=True):
        hidden = [
            np.tanh(float(row @ vector) + float(bias))
            for row, bias in zip(first.weight, first.bias, strict=True)
        ]
        naive = [
            float(np.dot(row, hidden)) + float(bias) for row, bias in zip(last.weight, last.bias, strict=True)
        ]
        assert place == pytest.approx(naive, abs=1e-5)


def test_one_layer_is_a_linear_map() -> None:
    layer, vectors = Layer(normal(2, 3), normal(2)), normal(5, 3)
    assert np.allclose(Projection((layer,)).points(vectors), vectors @ layer.weight.T + layer.bias)


def test_what_was_saved_is_loaded(tmp_path: Path) -> None:
    saved = Projection((Layer(normal(4, 6), normal(4)), Layer(normal(2, 4), normal(2))))
    projection.save(saved, tmp_path)
    loaded = projection.load(tmp_path, manifest(PROJECTION), 6)
    assert loaded is not None
    assert np.array_equal(loaded.points(normal(9, 6)), saved.points(normal(9, 6)))


def test_an_artifact_may_have_none(tmp_path: Path) -> None:
    assert projection.load(tmp_path, manifest(), 6) is None


@pytest.mark.parametrize(
    "tensors",
    [
        {},
        {"weight_0": normal(2, 6)},
        {"weight_0": normal(2, 5), "bias_0": normal(2)},
        {"weight_0": normal(3, 6), "bias_0": normal(3)},
        {"weight_0": normal(2, 6), "bias_0": normal(3)},
        {"weight_0": normal(6), "bias_0": normal(2)},
        {"weight_0": np.full((2, 6), np.nan, np.float32), "bias_0": normal(2)},
        {"weight_0": normal(4, 6), "bias_0": normal(4), "weight_1": normal(2, 3), "bias_1": normal(2)},
        {"weight_0": normal(2, 6), "offset": normal(2)},
        {"weight_0": normal(2_000, 6), "bias_0": normal(2_000)}
        | {"weight_1": normal(2, 2_000), "bias_1": normal(2)},
    ],
)  # fmt: skip
def test_anything_else_is_refused(tmp_path: Path, tensors: dict[str, Float32]) -> None:
    save_file(tensors, tmp_path / PROJECTION)
    with pytest.raises(BadArtifact):
        projection.load(tmp_path, manifest(PROJECTION), 6)


def test_a_file_that_is_no_safetensors_is_refused(tmp_path: Path) -> None:
    (tmp_path / PROJECTION).write_bytes(b"no tensors")
    with pytest.raises(BadArtifact):
        projection.load(tmp_path, manifest(PROJECTION), 6)
