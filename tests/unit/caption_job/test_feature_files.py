"""Features on disk: what is unfinished or of something else is refused."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from caption_job import drawn_dataset, feature_files, features, pictures, prepare
from caption_service.encoder_arguments import EncoderArguments

ENCODER = EncoderArguments("mobilenet", 32)
ASKED = feature_files.Asked("none", "0" * 64, 64)
COUNT = 3


def begun(folder: Path) -> feature_files.Filling:
    feature_files.begin(
        folder, ENCODER, ASKED, history={"kind": "random"}, drift=0.0, count=COUNT, positions=0
    )
    return feature_files.resume(folder, ENCODER, ASKED, False)


def test_features_that_are_not_all_there_are_refused(tmp_path: Path) -> None:
    filling = begun(tmp_path)
    rows = np.ones((2, ENCODER.feature_dim), np.float32)
    filling.write(np.arange(2), rows)
    filling.note(2)
    with pytest.raises(ValueError, match="2 of 3 features"):
        feature_files.load(tmp_path)
    filling.write(np.array([2]), rows[:1])
    filling.note(3)
    found = feature_files.load(tmp_path)
    assert (found.pooled == 1).all()
    assert (found.data, found.stored_size) == (ASKED.data, 64)


@pytest.mark.parametrize(
    ("change", "name"),
    [({"weights": "imagenet"}, "weights"), ({"data": "1"}, "data"), ({"stored_size": 32}, "stored")],
)
def test_a_run_goes_on_only_with_what_it_was_begun_with(
    tmp_path: Path, change: dict[str, object], name: str
) -> None:
    begun(tmp_path).note(1)
    assert feature_files.resume(tmp_path, ENCODER, ASKED, False).done == 1
    with pytest.raises(ValueError, match=f"{name}.* differ"):
        feature_files.resume(tmp_path, ENCODER, replace(ASKED, **change), False)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="maps differ"):
        feature_files.resume(tmp_path, ENCODER, ASKED, True)


def test_pictures_stored_too_small_are_refused_before_anything_is_computed(tmp_path: Path) -> None:
    drawn_dataset.write(tmp_path / "drawn", count=20)
    prepare.run([tmp_path / "drawn"], tmp_path / "prepared", prepare.Knobs())
    knobs = features.Knobs("mobilenet", size=64, stored_size=32, weights="none")
    with pytest.raises(ValueError, match="learn from less than it is served"):
        features.run([tmp_path / "drawn"], tmp_path / "prepared", tmp_path / "features", knobs)
    assert not (tmp_path / "features").exists()


def test_only_whole_stored_pictures_of_the_same_data_are_taken(tmp_path: Path) -> None:
    assert pictures.kept(tmp_path, "x", 64) is None
    for side, done, data in ((32, 2, "x"), (48, 2, "x"), (64, 1, "x"), (80, 2, "y")):
        np.save(tmp_path / f"pictures-{side}.npy", np.zeros((2, side, side, 3), np.uint8))
        (tmp_path / f"pictures-{side}.json").write_text(f'{{"data": "{data}", "done": {done}}}')
    for wanted, side in ((32, 32), (64, 48), (80, 48), (96, 48)):
        found = pictures.kept(tmp_path, "x", wanted)
        assert found is not None
        assert found.shape[1] == side
