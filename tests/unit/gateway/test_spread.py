"""Greedy max-min picks against loops, and what holds of any of them."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from diversity_gateway.spread import blended_shares, pair_shares, spread


@st.composite
def symmetric(draw: st.DrawFn) -> np.ndarray:
    """Distances between 1 to 9 pictures, with ties."""
    size = draw(st.integers(1, 9))
    values = draw(arrays.arrays(np.float64, (size, size), elements=st.sampled_from([0.0, 0.25, 0.5, 1.0])))
    upper: np.ndarray = np.triu(values, 1)
    distances: np.ndarray = upper + upper.T
    return distances


def naive(distances: np.ndarray, diversity: float, count: int) -> list[int]:
    """Every value of every step worked out anew."""
    size, picks = len(distances), [0]
    while len(picks) < min(count, size):
        values = {
            place: (1 - diversity) * (1 - place / size)
            + diversity * min(1.0, *(float(distances[place, pick]) for pick in picks))
            for place in range(size)
            if place not in picks
        }
        picks.append(min(values, key=lambda place: (-values[place], place)))
    return picks[:count]


@given(symmetric(), st.sampled_from([0.0, 0.25, 0.5, 1.0]), st.integers(1, 12))
def test_the_picks_are_the_naive_ones(distances: np.ndarray, diversity: float, count: int) -> None:
    assert spread(distances, diversity, count) == naive(distances, diversity, count)


@given(symmetric(), st.floats(0, 1))
def test_more_picks_begin_with_fewer(distances: np.ndarray, diversity: float) -> None:
    whole = spread(distances, diversity, len(distances))
    assert sorted(whole) == list(range(len(distances)))
    for count in range(len(distances)):
        assert spread(distances, diversity, count) == whole[:count]


@given(symmetric())
def test_without_diversity_it_is_the_ranking(distances: np.ndarray) -> None:
    assert spread(distances, 0.0, 99) == list(range(len(distances)))


def test_by_hand() -> None:
    """On a line at 0, 0.1, 0.4, 1: the first, the farthest of it, then the one 0.4 from its nearest pick."""
    line = np.array([0.0, 0.1, 0.4, 1.0])
    assert spread(np.abs(line[:, None] - line), 1.0, 4) == [0, 3, 2, 1]


@given(symmetric())
def test_shares_count_the_closer_pairs(distances: np.ndarray) -> None:
    pairs = [float(distances[i, j]) for i in range(len(distances)) for j in range(i)]
    for i in range(len(distances)):
        for j in range(i):
            closer = sum(pair < distances[i, j] for pair in pairs)
            ties = sum(pair == distances[i, j] for pair in pairs)
            assert pair_shares(distances)[i, j] == pytest.approx((closer + ties / 2) / len(pairs))


def test_a_pair_counts_by_the_views_that_hold_both() -> None:
    first = np.array([[0.0, 1.0, 2.0], [1.0, 0.0, 3.0], [2.0, 3.0, 0.0]])  # shares 1/6, 3/6, 5/6
    second = np.array([[0.0, 7.0], [7.0, 0.0]])  # the only pair: 1/2
    views = {"drml": (["a", "b", "c"], first), "caption": (["c", "a"], second)}
    blended = blended_shares(["a", "b", "c", "d"], views, {"drml": 3.0, "caption": 1.0})
    assert blended[0, 1] == pytest.approx(1 / 6)
    assert blended[0, 2] == blended[2, 0] == pytest.approx((3 * 0.5 + 0.5) / 4)
    assert blended[0, 3] == 0
