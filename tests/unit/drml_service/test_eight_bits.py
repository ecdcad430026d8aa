"""The ranges that an artifact ships for 8 bits: what was saved, or a refusal."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from diversity_contracts.manifest import BadArtifact, Golden, Manifest, Preprocessing
from drml_service import eight_bits
from drml_service.artifact import EIGHT_BITS

HIGHEST = {"trunk.layer1.0.conv1": 2.5, "trunk.layer4.1.conv2": 0.25}


def manifest(*files: str) -> Manifest:
    return Manifest(
        kind="drml",
        version="drml-1",
        created=datetime(2026, 1, 1, tzinfo=UTC),
        code_revision="test",
        data_fingerprint="0",
        preprocessing=Preprocessing(size=32, resize="cover", mean=(0, 0, 0), std=(1, 1, 1)),
        model={},
        golden=[Golden(file="golden.png", output=[1.0], tolerance=1e-4)],
        files=dict.fromkeys(files, ""),
    )


def test_what_was_saved_comes_back(tmp_path: Path) -> None:
    eight_bits.save(HIGHEST, tmp_path)
    assert eight_bits.load(tmp_path, manifest(EIGHT_BITS)) == HIGHEST


def test_an_artifact_without_them_has_none(tmp_path: Path) -> None:
    assert eight_bits.load(tmp_path, manifest()) is None


def test_the_first_convolution_is_no_point() -> None:
    points = eight_bits.points()
    assert len(points) == len(set(points)) == 16
    assert "trunk.conv1" not in points


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{}",
        json.dumps({"highest": {}}),
        json.dumps({"highest": {"trunk.conv1": 1.0}}),
        json.dumps({"highest": {"trunk.layer1.0.conv1": 0.0}}),
        json.dumps({"highest": {"trunk.layer1.0.conv1": float("inf")}}),
        json.dumps({"highest": {"trunk.layer1.0.conv1": float("nan")}}),
        json.dumps({"highest": {"trunk.layer1.0.conv1": "wide"}}),
        json.dumps({"highest": [1.0]}),
    ],
)
def test_anything_else_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / EIGHT_BITS).write_text(text)
    with pytest.raises(BadArtifact, match="8-bit"):
        eight_bits.load(tmp_path, manifest(EIGHT_BITS))
