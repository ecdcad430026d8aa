"""Agreement of two views: worked by hand."""

import numpy as np
import pytest

from tests.bench.agreement import agreeing, correlations, figures

ROWS = np.array([0, 1], dtype=np.intp)
FAR = np.array([[0.0, 1, 2, 3], [5, 0, 6, 7]])
SAME = np.array([[0.0, 10, 20, 30], [9, 0, 9, 9]])  # the second query sees one tie
TURNED = np.array([[0.0, 3, 2, 1], [7, 0, 6, 5]])


def test_correlation_is_of_ranks_without_the_querys_own() -> None:
    assert correlations(FAR, SAME, ROWS) == pytest.approx([1, 0])
    assert correlations(FAR, TURNED, ROWS) == pytest.approx([-1, -1])


def test_the_middle_lies_on_both_sides() -> None:
    first, second = np.array([0.5, 0.5, 0.4, 0.6, 0.1]), np.array([0.1, 0.9, 0.6, 0.6, 0.2])
    assert agreeing(first, second).tolist() == [1, 1, 0, 1, 1]


def test_the_querys_own_entry_counts_for_nothing() -> None:
    first = np.array([[-1, 0.2, 0.5, 0.8], [0.2, -1, 0.5, 0.8]])
    second = np.array([[-1, 0.8, 0.5, 0.2], [0.2, -1, 0.5, 0.8]])
    picks = {"last": np.array([[3], [3]], dtype=np.intp)}
    found = figures((FAR, TURNED), (first, second), ROWS, picks)
    assert found["agreeing"] == pytest.approx({"every picture": 4 / 6, "last": 0.5})
    assert found["correlation"]["mean"] == pytest.approx(-1)
    assert sum(found["correlation"]["queries"]) == 2
