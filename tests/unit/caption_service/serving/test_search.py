"""Text retrieval against loops that count, 1,000 queries at both ends."""

import numpy as np
import pytest
from numpy.typing import NDArray

from caption_service import search
from caption_service.search import Bounds, End

QUERIES = 500  # at each end


def naive_end(similarities: list[float], ids: list[str], n: int, end: End) -> list[str]:
    sign = -1 if end == "similar" else 1
    return [
        key for _, key in sorted((sign * value, key) for value, key in zip(similarities, ids, strict=True))
    ][:n]


def naive_percentile(similarities: list[float], place: int) -> float:
    others = [value for number, value in enumerate(similarities) if number != place]
    if not others:
        return 0.5
    closer = sum(value > similarities[place] for value in others)
    ties = sum(value == similarities[place] for value in others)
    return (closer + ties / 2) / len(others)


@pytest.mark.parametrize("end", ["similar", "divergent"])
def test_both_ends_and_percentiles_equal_the_naive_twin(end: End) -> None:
    """Three in five are tied at 0, as where most pairs share no word; other ties are frequent."""
    random = np.random.default_rng(7 if end == "similar" else 8)
    for _ in range(QUERIES):
        count, n = int(random.integers(1, 60)), int(random.integers(0, 70))
        values = np.where(random.random(count) < 0.6, 0.0, random.integers(0, 8, count) / 7)
        names = [f"p{number}" for number in random.permutation(count)]
        ids: NDArray[np.object_] = np.array(names, dtype=np.object_)
        found = search.end_of(values, ids, n, end)
        assert ids[found].tolist() == naive_end(values.tolist(), names, n, end)
        shares = search.percentiles(values, values[found])
        assert shares.tolist() == pytest.approx(
            [naive_percentile(values.tolist(), int(place)) for place in found]
        )


def test_an_entry_counts_by_its_most_similar_sentence() -> None:
    random = np.random.default_rng(3)
    for _ in range(200):
        lists = [random.integers(0, 20, int(random.integers(1, 6))).tolist() for _ in range(9)]
        by_sentence = random.random(20)
        starts = np.cumsum([0, *map(len, lists)])[:-1]
        found = search.entry_similarities(by_sentence, np.concatenate(lists).astype(np.intp), starts)
        assert found.tolist() == [max(by_sentence[row] for row in listed) for listed in lists]
    assert search.entry_similarities(by_sentence, np.array([], np.intp), np.array([], np.intp)).tolist() == []


@pytest.mark.parametrize(
    ("bounds", "admitted"),
    [
        (Bounds(), [0.0, 0.5, 0.6, 0.9, 1.0]),
        (Bounds(least=0.9), [0.9, 1.0]),
        (Bounds(0.5, 0.6), [0.5, 0.6]),
        (Bounds(most=0.0), [0.0]),
        (Bounds(0.7, 0.6), []),
    ],
)
def test_bounds_include_their_ends(bounds: Bounds, admitted: list[float]) -> None:
    values = np.array([0.0, 0.5, 0.6, 0.9, 1.0])
    assert values[bounds.admit(values)].tolist() == admitted


def test_the_last_run_of_ties_goes_by_id() -> None:
    ids = np.array(["c", "b", "a", "z", "d"], dtype=np.object_)
    values = np.array([0.0, 0.0, 0.0, 0.5, 0.0])
    assert ids[search.end_of(values, ids, 2, "divergent")].tolist() == ["a", "b"]
    assert ids[search.end_of(values, ids, 3, "similar")].tolist() == ["z", "a", "b"]
