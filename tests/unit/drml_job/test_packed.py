"""Packed pictures: what is written is what is read, and what does not belong together is refused."""

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from drml_job import datasets, packed, packing
from job_kit.sources import open_source
from tests.fakes.drawn import draw


@pytest.fixture
def data(tmp_path: Path) -> Path:
    for number in range(24):
        folder = tmp_path / "data" / ("cat" if number % 2 else "dog")
        folder.mkdir(parents=True, exist_ok=True)
        draw(number, size=(40, 30)).save(folder / f"{number}.png")
    return tmp_path / "data"


def pack(data: Path, target: Path, size: int = 16) -> packed.Packed:
    return packing.pack(data, datasets.scan(open_source(data), 0.3), target, size)


def test_every_picture_is_cut_to_the_middle_square(data: Path, tmp_path: Path) -> None:
    result = pack(data, tmp_path / "packed")
    assert result.pictures.shape == (24, 16, 16, 3)
    for row, path in enumerate(result.index.paths):
        with Image.open(data / path) as picture:
            # 40 x 30: five columns fall away on each side, the rest is halved, nearly.
            expected = picture.resize((16, 16), Image.Resampling.BILINEAR, box=(5, 0, 35, 30))
        assert (result.pictures[row] == np.asarray(expected)).all()
        assert result.index.classes[result.labels[row]] == path.split("/")[0]


def test_mean_and_deviation_are_of_the_training_split_only(data: Path, tmp_path: Path) -> None:
    result = pack(data, tmp_path / "packed")
    train = result.pictures[result.rows("train")].reshape(-1, 3) / 255
    assert result.index.mean == pytest.approx(train.mean(0).tolist())
    assert result.index.std == pytest.approx(train.std(0).tolist())
    assert 0 < len(result.rows("val")) < 24


def test_the_fingerprint_follows_the_data(data: Path, tmp_path: Path) -> None:
    first = pack(data, tmp_path / "a").index.fingerprint
    assert pack(data, tmp_path / "b").index.fingerprint == first
    draw(99, size=(40, 30)).save(data / "cat" / "1.png")
    assert pack(data, tmp_path / "c").index.fingerprint != first


def test_a_broken_picture_stops_the_packing_and_is_named(data: Path, tmp_path: Path) -> None:
    (data / "cat" / "3.png").write_bytes(b"not a picture")
    with pytest.raises(ValueError, match=r"cat/3\.png"):
        pack(data, tmp_path / "packed")
    with pytest.raises(FileNotFoundError):
        packed.load(tmp_path / "packed")


def test_an_index_of_other_pictures_is_refused(data: Path, tmp_path: Path) -> None:
    pack(data, tmp_path / "packed")
    index = tmp_path / "packed" / "index.json"
    content = json.loads(index.read_text())
    content["paths"].pop()
    index.write_text(json.dumps(content))
    with pytest.raises(ValueError, match="23 pictures"):
        packed.load(tmp_path / "packed")
