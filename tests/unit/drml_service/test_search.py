"""The arithmetic of search against loops that count."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from diversity_view.ranks import percentiles_among
from drml_service import search
from drml_service.search import End

SMALL = st.floats(-1e6, 1e6, width=32)
# Few different values, so that ties are the rule.
COARSE = st.sampled_from([0.0, 1.0, 2.0, 3.0])


def vectors_of(elements: st.SearchStrategy[float]) -> st.SearchStrategy[np.ndarray]:
    shapes = st.tuples(st.integers(1, 12), st.integers(1, 6))
    return shapes.flatmap(lambda shape: arrays.arrays(np.float32, shape, elements=elements))


@given(vectors_of(SMALL))
def test_distances_equal_sums_without_rounding(vectors: np.ndarray) -> None:
    query = vectors[0]
    found = search.exact_distances(query, vectors)
    for row, distance in zip(vectors, found, strict=True):
        exact = math.sqrt(math.fsum((float(a) - float(b)) ** 2 for a, b in zip(query, row, strict=True)))
        assert distance == pytest.approx(exact, rel=1e-14, abs=0)
    assert found[0] == 0


def test_a_distance_does_not_depend_on_its_company() -> None:
    random = np.random.default_rng(0)
    vectors = random.standard_normal((9_000, 513), dtype=np.float32)
    query = random.standard_normal(512, dtype=np.float32)
    together = search.exact_distances(query, vectors[:, :-1])
    for row in (0, 1, 4_095, 4_096, 8_999):
        assert search.exact_distances(query, vectors[row : row + 1, :-1])[0] == together[row]
        assert search.exact_distances(query, vectors[[row, 5, row], :-1].copy())[2] == together[row]


@given(vectors_of(SMALL | st.floats(-(2.0**-100), 2.0**-100, width=32)))
def test_a_scan_errs_by_less_than_its_bound(vectors: np.ndarray) -> None:
    """In the worst order of summation that is easy to write, one product at a time in float32."""
    query, rows = vectors[0], search.augment(vectors)
    augmented = search.augmented_query(query, "farthest")
    squares = search.squared_norms(vectors)
    bound = search.scan_error(vectors.shape[1], math.sqrt(squares[0]), math.sqrt(squares.max()))
    defined = search.exact_distances(query, vectors) ** 2
    for row, wanted in zip(rows, defined, strict=True):
        scanned = np.float32(0)
        for a, b in zip(row, augmented, strict=True):
            scanned = np.float32(scanned + np.float32(a * b))
        assert abs(float(scanned) + squares[0] - wanted) <= bound


def test_the_bound_is_not_idle() -> None:
    """Real errors come within three orders of magnitude of it, and grow with the vectors as it does."""
    vectors = np.random.default_rng(1).standard_normal((200, 512), dtype=np.float32) + np.float32(30)
    rows, query = search.augment(vectors), vectors[0]
    augmented = search.augmented_query(query, "farthest")
    scanned = np.array([np.cumsum(row * augmented, dtype=np.float32)[-1] for row in rows], dtype=np.float64)
    squares = search.squared_norms(vectors)
    worst = np.abs(scanned + squares[0] - search.exact_distances(query, vectors) ** 2).max()
    bound = search.scan_error(512, math.sqrt(squares[0]), math.sqrt(squares.max()))
    assert bound / 1_000 < worst < bound


def test_the_nearest_query_is_the_farthest_negated() -> None:
    query = np.array([1.5, -2.0], dtype=np.float32)
    np.testing.assert_array_equal(search.augmented_query(query, "farthest"), [-3, 4, 1])
    np.testing.assert_array_equal(search.augmented_query(query, "nearest"), [3, -4, -1])


@given(st.lists(COARSE, min_size=1, max_size=12), st.sampled_from(["nearest", "farthest"]))
def test_order_is_by_distance_then_id(distances: list[float], end: End) -> None:
    ids = np.array([f"{(7 * place) % 13:02}" for place in range(len(distances))], dtype=np.object_)
    sign = 1 if end == "nearest" else -1
    expected = sorted(range(len(distances)), key=lambda place: (sign * distances[place], ids[place]))
    assert search.ordered(np.array(distances), ids, end).tolist() == expected


def naive_percentile(values: list[float], value: float) -> float:
    closer = sum(other < value for other in values)
    tied = sum(other == value for other in values) - 1
    return (closer + tied / 2) / (len(values) - 1) if len(values) > 1 else 0.5


@given(st.lists(COARSE, min_size=1, max_size=15))
def test_percentiles_count(values: list[float]) -> None:
    expected = [naive_percentile(values, value) for value in values]
    assert percentiles_among(np.array(values), np.array(values)).tolist() == expected


@given(
    st.lists(COARSE, min_size=1, max_size=15), st.integers(1, 15), st.sampled_from(["nearest", "farthest"])
)
def test_percentiles_of_an_end_need_only_that_end(values: list[float], n: int, end: End) -> None:
    ranked = sorted(values, reverse=end == "farthest")
    last = ranked[min(n, len(ranked)) - 1]
    complete = [value for value in ranked if (value <= last if end == "nearest" else value >= last)]
    expected = [naive_percentile(values, value) for value in complete]
    found = search.percentiles_at_end(np.array(complete), end, len(values) - 1)
    assert found.tolist() == expected


def test_a_percentile_worked_by_hand() -> None:
    """Distances 1, 2, 2, 5: the two at 2 have one closer and one tie among three others: 1.5 / 3."""
    found = percentiles_among(np.array([5.0, 2.0, 1.0, 2.0]), np.array([1.0, 2.0, 5.0]))
    assert found.tolist() == [0.0, 0.5, 1.0]


@given(
    st.lists(st.floats(-10, 10), min_size=1, max_size=20),
    st.lists(st.floats(-10, 10), min_size=1, max_size=5),
    st.floats(0, 3),
)
def test_undecided_are_those_within_the_error(
    values: list[float], squares: list[float], error: float
) -> None:
    found = set(search.undecided(np.array(values), np.array(squares), error).tolist())
    for place, value in enumerate(values):
        inside = any(square - error <= value <= square + error for square in squares)
        assert (place in found) == inside


def test_pairwise_leaves_the_missing_out() -> None:
    a, b = np.array([0, 0], dtype=np.float32), np.array([3, 4], dtype=np.float32)
    assert search.pairwise_distances([a, None, b]) == [[0, None, 5], [None] * 3, [5, None, 0]]
    assert search.pairwise_distances([None]) == [[None]]
    assert search.pairwise_distances([]) == []
