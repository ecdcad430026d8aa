"""The reference sample: training pictures only, from the classes in turn, the same for the same seed."""

from collections import Counter

import numpy as np

from drml_job import sampling
from drml_job.datasets import Split
from drml_job.packed import FORMAT, Packed, PackedIndex


def data(labels: list[int], splits: list[Split]) -> Packed:
    names = [f"{row}.png" for row in range(len(labels))]
    index = PackedIndex(FORMAT, 1, names, labels, splits, ["a", "b", "c"], {}, [], [], "")
    return Packed(index, np.zeros((len(labels), 1, 1, 3), np.uint8))


def test_classes_in_turn() -> None:
    labels = [0] * 40 + [1] * 30 + [2] * 3 + [0] * 20
    train: Split = "train"
    val: Split = "val"
    splits = [train] * 73 + [val] * 20
    found = sampling.rows(data(labels, splits), 21)
    assert Counter(labels[row] for row in found) == {0: 9, 1: 9, 2: 3}
    assert found.tolist() == sorted(set(found.tolist()))
    assert found.max() < 73
    assert np.array_equal(found, sampling.rows(data(labels, splits), 21))
    assert not np.array_equal(found, sampling.rows(data(labels, splits), 21, seed=1))
    assert len(sampling.rows(data(labels, splits))) == 73
