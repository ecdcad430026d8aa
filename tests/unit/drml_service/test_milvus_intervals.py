"""Bounds on values from products in float32: never wrong, whatever float32 loses."""

import numpy as np
import pytest

from drml_service import search
from drml_service.joint import joint_distances
from drml_service.milvus.intervals import Intervals, joint_bounds
from drml_service.search import End


def cases() -> list[tuple[np.ndarray, np.ndarray, np.ndarray]]:
    """Rows, members, weights: plain, far off, tiny, and members that are rows."""
    random = np.random.default_rng(0)
    rows = random.standard_normal((300, 16), dtype=np.float32)
    members = np.concatenate([rows[:2], random.standard_normal((2, 16), dtype=np.float32)])
    weights = np.array([1.0, 0.3, 0.9, 1.0])
    return [
        (rows, members, weights),
        (rows + 1_000, members + 1_000, weights),
        (rows * np.float32(1e-25), members * np.float32(1e-25), weights),
        (rows, members[:1], weights[:1]),
    ]


@pytest.mark.parametrize("case", range(4))
def test_every_value_lies_within_its_bounds(case: int) -> None:
    rows, members, weights = cases()[case]
    augmented = search.augment(rows)
    products = np.stack([augmented @ search.augmented_query(member, "farthest") for member in members])
    largest = float(np.linalg.norm(rows.astype(np.float64), axis=1).max()) * (1 + 1e-6)
    lower, upper = joint_bounds(products, search.squared_norms(members), weights, 16, largest)
    values = joint_distances([rows], members, weights).nearest
    assert (lower <= values).all()
    assert (values <= upper).all()
    intervals = Intervals(np.arange(300), lower, upper)
    ends: tuple[End, End] = ("nearest", "farthest")
    for wanted in (1, 7, 300):
        order = np.argsort(values, kind="stable")
        for end, best in zip(ends, (order[:wanted], order[-wanted:]), strict=True):
            assert set(best) <= set(intervals.behind_none(wanted, end))


def test_bounds_tell_most_rows_apart() -> None:
    rows, members, weights = cases()[0]
    products = np.stack([search.augment(rows) @ search.augmented_query(one, "farthest") for one in members])
    lower, upper = joint_bounds(products, search.squared_norms(members), weights, 16, 10.0)
    intervals = Intervals(np.arange(300), lower, upper)
    assert len(intervals.behind_none(10, "farthest")) == 10
    assert intervals.straddling(np.sort(lower[:3])).sum() >= 3
    assert intervals.straddling(np.array([1e9])).sum() == 0
    assert len(intervals.without(frozenset({1, 5})).rows) == 298
