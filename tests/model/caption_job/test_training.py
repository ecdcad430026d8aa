"""Training for real: a run that was stopped ends as an unbroken one; what does not fit is refused."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from caption_job import feature_files, network_state, prepared, train
from caption_job.sentences import Batch
from caption_job.teaching import with_guesses
from caption_service.vocabulary import START

SHORT = train.Knobs(
    epochs=2, batch=16, units=16, embedding_dim=8, monitor_pictures=20, peak_learning_rate=1e-2
)


@pytest.fixture
def data(work: Path) -> prepared.Prepared:
    return prepared.load(work / "work" / "prepared")


@pytest.fixture
def features(work: Path) -> feature_files.Features:
    return feature_files.load(work / "work" / "features")


def test_a_stopped_run_ends_as_an_unbroken_one(
    data: prepared.Prepared, features: feature_files.Features, tmp_path: Path
) -> None:
    whole, broken = tmp_path / "whole", tmp_path / "broken"
    train.run(data, features, whole, SHORT)
    train.run(data, features, broken, SHORT, stop_after=1)
    assert network_state.read(broken / network_state.CHECKPOINT)[1]["epoch"] == 1
    train.run(data, features, broken, SHORT)
    expected, _ = network_state.read(whole / network_state.CHECKPOINT)
    found, state = network_state.read(broken / network_state.CHECKPOINT)
    assert state["epoch"] == 2
    for name, tensor in expected.items():
        assert found[name] == pytest.approx(tensor, abs=1e-5, rel=1e-4), name


@pytest.mark.parametrize("changes", [{"decoder": "copy"}, {"decoder": "attention"}, {"batch": 8}], ids=str)
def test_knobs_that_do_not_fit_are_refused(
    work: Path,
    data: prepared.Prepared,
    features: feature_files.Features,
    tmp_path: Path,
    changes: dict[str, object],
) -> None:
    run = work / "work" / "train"
    (tmp_path / network_state.CHECKPOINT).write_bytes((run / network_state.CHECKPOINT).read_bytes())
    with pytest.raises(ValueError, match=r"decoder is one of|--maps|another run"):
        train.run(data, features, tmp_path, replace(SHORT, **changes))  # type: ignore[arg-type]


def test_features_of_other_pictures_are_refused(
    data: prepared.Prepared, features: feature_files.Features, tmp_path: Path
) -> None:
    with pytest.raises(ValueError, match="other pictures"):
        train.run(data, replace(features, data="0" * 64), tmp_path, SHORT)


def test_guesses_take_the_place_of_words_one_step_later() -> None:
    inputs = np.array([[START, 10, 11, 12], [START, 20, 21, 22]], np.int32)
    guesses = np.array([[50, 51, 52, 53], [60, 61, 62, 63]], np.int32)
    batch = Batch(np.arange(2), inputs, inputs, np.ones((2, 4), np.float32))
    assert with_guesses(batch, guesses, 0.0, (1,)).inputs.tolist() == inputs.tolist()
    every = with_guesses(batch, guesses, 1.0, (1,)).inputs
    assert every.tolist() == [[START, 50, 51, 52], [START, 60, 61, 62]]
    mixed = with_guesses(batch, guesses, 0.5, (1,)).inputs
    assert ((mixed == inputs) | (mixed == every)).all()
    assert inputs[0].tolist() == [START, 10, 11, 12]
