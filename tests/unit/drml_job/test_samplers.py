"""Batches: fixed by seed and epoch, without early repeats, of whole classes."""

import numpy as np
import pytest

from drml_job import samplers


def test_successive_epochs_use_the_whole_file_before_repeating() -> None:
    file = np.arange(300).reshape(100, 3)
    epochs = [samplers.epoch_of_triplets(file, epoch, 30, seed=1) for epoch in range(10)]
    rows = np.concatenate(epochs)[:, 0] // 3
    for start in (0, 100, 200):
        assert sorted(rows[start : start + 100].tolist()) == list(range(100))
    assert rows[:100].tolist() != rows[100:200].tolist()


def test_an_epoch_can_be_drawn_without_those_before_it() -> None:
    file = np.arange(300).reshape(100, 3)
    assert (samplers.epoch_of_triplets(file, 7, 30, 1) == samplers.epoch_of_triplets(file, 7, 30, 1)).all()
    assert (samplers.epoch_of_triplets(file, 7, 30, 1) != samplers.epoch_of_triplets(file, 7, 30, 2)).any()


def test_class_batches_hold_distinct_pictures_of_distinct_classes() -> None:
    labels = np.repeat(np.arange(8), [9, 3, 5, 4, 4, 6, 7, 4])
    rows = np.arange(len(labels))
    batches = samplers.epoch_of_class_batches(
        labels, rows, classes_per_batch=5, per_class=4, batches=200, random=np.random.default_rng(0)
    )
    assert batches.shape == (200, 20)
    for batch in batches:
        parts = labels[batch].reshape(5, 4)
        assert (parts == parts[:, :1]).all()
        assert len(set(parts[:, 0].tolist())) == 5
        assert len(set(batch.tolist())) == 20
    assert set(labels[batches].ravel().tolist()) == {0, 2, 3, 4, 5, 6, 7}  # class 1 has only three


def test_too_few_classes_are_refused() -> None:
    with pytest.raises(ValueError, match="1 classes"):
        samplers.epoch_of_class_batches(
            np.array([0, 0, 1]),
            np.arange(3),
            classes_per_batch=2,
            per_class=2,
            batches=1,
            random=np.random.default_rng(0),
        )
