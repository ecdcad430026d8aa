"""Preparing drawn pictures: what is written, read back and stored."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from caption_job import drawn_dataset, pictures, prepare, prepared


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("drawn")
    drawn_dataset.write(folder, count=40)
    return folder


def test_what_was_prepared_is_what_is_loaded(data: Path, tmp_path: Path) -> None:
    made = prepare.run([data], tmp_path, prepare.Knobs())
    found = prepared.load(tmp_path)
    assert (found.pictures, found.fingerprint, found.words) == (made.pictures, made.fingerprint, made.words)
    assert sum(len(found.rows(split)) for split in ("train", "val", "test")) == 40
    picture = found.pictures[0]
    assert picture.captions[0].startswith("A ")
    assert picture.cleaned[0] == picture.captions[0].lower().removesuffix(" .")
    assert {"a", "grey", "picture"} <= set(found.words.words)


def test_the_reports_cleaning_drops_words_of_one_character(data: Path, tmp_path: Path) -> None:
    found = prepare.run([data], tmp_path, prepare.Knobs(cleaning="report"))
    assert "a" not in found.words.words
    with pytest.raises(ValueError, match="cleaning"):
        prepare.run([data], tmp_path, prepare.Knobs(cleaning="none"))


def test_the_vocabulary_is_the_training_splits_only(data: Path, tmp_path: Path) -> None:
    found = prepare.run([data], tmp_path, prepare.Knobs())
    floor = prepare.run([data], tmp_path, prepare.Knobs(vocabulary_floor=60))
    counted = [
        word for row in found.rows("train") for text in found.pictures[row].cleaned for word in text.split()
    ]
    assert set(found.words.words[4:]) == set(counted)
    assert {word for word in counted if counted.count(word) >= 60} == set(floor.words.words[4:])
    assert floor.words.size < found.words.size


def test_another_picture_or_caption_is_another_fingerprint(data: Path, tmp_path: Path) -> None:
    found = prepare.run([data], tmp_path / "a", prepare.Knobs())
    assert prepare.run([data], tmp_path / "b", prepare.Knobs()).fingerprint == found.fingerprint
    contents = ["x"] * len(found.pictures)
    own = prepared.fingerprint(found.pictures, contents)
    assert own != prepared.fingerprint(found.pictures, ["y", *contents[1:]])
    other = [replace(found.pictures[0], captions=["Another ."]), *found.pictures[1:]]
    assert own != prepared.fingerprint(other, contents)


def test_stored_pictures_go_on_where_they_stopped(data: Path, tmp_path: Path) -> None:
    known = prepare.run([data], tmp_path, prepare.Knobs())
    stored = pictures.store([data], known, tmp_path, 32)
    whole = np.array(stored.pixels)
    assert stored.larger == 40  # drawn at 64
    assert whole.shape == (40, 32, 32, 3)
    assert len({picture.tobytes() for picture in whole}) == 40
    # As if killed after 30 rows, the rest still empty: rows that are done are not decoded again.
    array = np.lib.format.open_memmap(tmp_path / "pictures-32.npy", mode="r+")
    array[30:] = 0
    array[0] = 7
    array.flush()
    note = tmp_path / "pictures-32.json"
    note.write_text(note.read_text().replace('"done": 40', '"done": 30'))
    again = pictures.store([data], known, tmp_path, 32).pixels
    assert np.array_equal(again[1:], whole[1:])
    assert (again[0] == 7).all()


def test_pictures_that_were_made_smaller_do_not_serve_a_larger_encoder(data: Path, tmp_path: Path) -> None:
    known = prepare.run([data], tmp_path, prepare.Knobs())
    small = pictures.store([data], known, tmp_path, 32)
    small.check_serves(32)
    for stored in (small, pictures.store([data], known, tmp_path, 32)):  # as counted, and as noted
        with pytest.raises(ValueError, match="40 pictures are larger than the 32 px"):
            stored.check_serves(40)
    whole = pictures.store([data], known, tmp_path, 64)
    assert whole.larger == 0
    whole.check_serves(96)
    # A note from before they were counted says nothing: they are decoded anew.
    note = tmp_path / "pictures-32.json"
    told = json.loads(note.read_text())
    del told["larger"]
    note.write_text(json.dumps(told))
    assert pictures.store([data], known, tmp_path, 32).larger == 40


def test_a_broken_picture_is_named(data: Path, tmp_path: Path) -> None:
    known = prepare.run([data], tmp_path, prepare.Knobs())
    broken = tmp_path / "broken"
    broken.mkdir()
    (broken / known.pictures[3].path).write_bytes(b"no picture")
    with pytest.raises(ValueError, match=known.pictures[3].path):
        pictures.store([broken, data], known, tmp_path, 32)


def test_a_batch_is_normalised_and_resized() -> None:
    stored = np.full((2, 8, 8, 3), 255, np.uint8)
    x = pictures.batch(stored, 4, (0.5, 0.0, 1.0), (0.5, 0.25, 1.0))
    assert x.shape == (2, 4, 4, 3)
    assert x[1, 2, 3].tolist() == [1, 4, 0]


def test_uncaptioned_pictures_have_no_words(data: Path, tmp_path: Path) -> None:
    found = prepare.run([data], tmp_path, prepare.Knobs(uncaptioned=True))
    assert len(found.rows("train")) == 40
    assert prepared.load(tmp_path).vocabulary is None
    with pytest.raises(ValueError, match="without captions"):
        _ = found.words
