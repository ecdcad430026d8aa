"""How far entries usually are, against a dictionary and by hand."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from diversity_view.usual import Usual, statistics_of

IDS = st.sampled_from("abcdefgh")
BATCHES = st.lists(
    st.tuples(st.dictionaries(IDS, st.tuples(st.floats(-9, 9), st.floats(0.1, 9))), st.lists(IDS)), max_size=8
)


@given(BATCHES)
def test_changes_equal_a_dictionary(batches: list[tuple[dict[str, tuple[float, float]], list[str]]]) -> None:
    usual, naive = Usual(), dict[str, tuple[float, float]]()
    for upserts, deletes in batches:
        before, held = usual, dict(naive)
        usual = usual.changed(list(upserts), np.array(list(upserts.values())).reshape(-1, 2), deletes)
        for image_id in deletes:
            naive.pop(image_id, None)
        naive |= upserts
        for known, expected in ((usual, naive), (before, held)):  # what a reader holds does not change
            found = known.adjusted(list(expected), np.full(len(expected), 2.0))
            assert found.tolist() == [(2.0 - mean) / deviation for mean, deviation in expected.values()]


def test_rows_are_used_again() -> None:
    usual = Usual()
    for number in range(100):
        usual = usual.changed([f"p{number}"], np.array([[1.0, 2.0]]), [f"p{number - 1}"])
    assert len(usual._statistics) <= 2
    with pytest.raises(KeyError, match="p98"):
        usual.adjusted(["p99", "p98"], np.zeros(2))


def test_statistics_by_hand() -> None:
    found = statistics_of(np.array([[1.0, 3.0], [5.0, 5.0], [0.0, 0.0]]))
    assert found.tolist() == [[2.0, 1.0], [5.0, 0.0], [0.0, 0.0]]
    usual = Usual().changed(["a", "b", "c"], found)
    assert usual.adjusted(["a", "b", "c"], np.array([4.0, 9.0, 1.0])).tolist() == [2.0, 0.0, 0.0]


def test_rounding_of_sums_does_not_show() -> None:
    source = np.random.default_rng(1)
    values = source.normal(size=(500, 300)) + 3
    noise = values * (1 + source.uniform(-4e-16, 4e-16, values.shape))
    assert np.array_equal(statistics_of(values), statistics_of(noise))
    assert statistics_of(np.full((1, 7), 0.1)).tolist()[0][1] == 0.0
    assert np.allclose(statistics_of(values)[:, 0], values.mean(axis=1), rtol=1e-8)
