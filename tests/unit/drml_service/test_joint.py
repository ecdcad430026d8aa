"""The distance from a set against loops over its members."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from drml_service import joint, search


def naive(rows: np.ndarray, members: np.ndarray, weights: np.ndarray) -> list[float]:
    """Each row: every member measured by the definition, divided, the least taken."""
    measured = [search.exact_distances(member, rows) for member in members]
    return [
        min(distances[row] / weight for distances, weight in zip(measured, weights, strict=True))
        for row in range(len(rows))
    ]


COARSE = st.sampled_from([0.0, 1.0, 2.0, 3.0])


@given(
    arrays.arrays(np.float32, (11, 3), elements=COARSE),
    arrays.arrays(np.float32, (5, 3), elements=COARSE),
    arrays.arrays(np.float64, 5, elements=st.sampled_from([0.1, 0.5, 1.0])),
)
def test_the_least_over_the_members(rows: np.ndarray, members: np.ndarray, weights: np.ndarray) -> None:
    found = joint.joint_distances([rows[:4], rows[4:]], members, weights)
    assert found.nearest.tolist() == naive(rows, members, weights)
    for row, member, distance in zip(rows, found.members, found.distances, strict=True):
        assert distance == search.exact_distances(members[member], row[None])[0]


@pytest.mark.parametrize("offset", [0.0, 50.0])
def test_it_is_exact_where_float32_is_not(offset: float) -> None:
    """Far from the origin a float32 product cannot tell the members apart; the answer still can."""
    random = np.random.default_rng(3)
    rows = (random.normal(size=(3_000, 64)) * 0.01 + offset).astype(np.float32)
    members = (random.normal(size=(40, 64)) * 0.01 + offset).astype(np.float32)
    weights = random.uniform(0.9, 1.0, 40)
    found = joint.joint_distances([rows], members, weights)
    assert found.nearest.tolist() == naive(rows, members, weights)


def test_of_equal_members_the_heaviest_counts() -> None:
    members = np.array([[0, 0], [3, 4], [0, 0]], dtype=np.float32)
    kept, weights, places = joint.distinct(members, np.array([0.2, 1.0, 0.5]))
    assert (kept.tolist(), weights.tolist(), places.tolist()) == ([[0, 0], [3, 4]], [0.5, 1.0], [2, 1])


def test_by_hand() -> None:
    """At 6 from the first member of weight 1, at 4 from the second of weight ½: 6 against 8."""
    found = joint.joint_distances(
        [np.array([[6.0]], dtype=np.float32)],
        np.array([[0.0], [10.0]], dtype=np.float32),
        np.array([1.0, 0.5]),
    )
    assert (found.nearest.tolist(), found.distances.tolist(), found.members.tolist()) == ([6.0], [6.0], [0])


def test_an_empty_table() -> None:
    assert len(joint.joint_distances([], np.zeros((1, 2), np.float32), np.ones(1)).nearest) == 0
