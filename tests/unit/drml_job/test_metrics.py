"""Figures against naive twins on random data, and one case worked by hand."""

import numpy as np
import pytest

from drml_job import metrics

N, DIM, CLASSES = 613, 16, 9  # more than two chunks


@pytest.fixture(scope="module")
def embeddings() -> metrics.Floats:
    return np.random.default_rng(0).normal(3.0, 1.0, (N, DIM)).astype(np.float32)


@pytest.fixture(scope="module")
def labels() -> metrics.Rows:
    return np.random.default_rng(1).integers(0, CLASSES, N)


@pytest.fixture(scope="module")
def exact(embeddings: metrics.Floats) -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
    """All distances in float64, one pair at a time."""
    wide = embeddings.astype(np.float64)
    return np.array([[np.linalg.norm(a - b) for b in wide] for a in wide[:200]])


def test_nearest_is_a_full_sort_without_the_query(embeddings: metrics.Floats, exact: np.ndarray) -> None:
    queries = np.arange(200)
    found = metrics.nearest(embeddings, queries, 7)
    for query in queries:
        order = [row for row in np.argsort(exact[query], kind="stable") if row != query]
        assert found[query].tolist() == order[:7]


def test_farthest_and_its_percentiles_are_those_of_a_full_sort(
    embeddings: metrics.Floats, exact: np.ndarray
) -> None:
    queries = np.arange(200)
    picks, percentiles = metrics.farthest(embeddings, queries, 5)
    for query in queries:
        others = [row for row in range(N) if row != query]
        order = sorted(others, key=lambda row: -exact[query][row])
        assert picks[query].tolist() == order[:5]
        for pick, percentile in zip(picks[query], percentiles[query], strict=True):
            closer = sum(exact[query][row] < exact[query][pick] for row in others)
            assert percentile == pytest.approx(closer / (N - 1))


def test_a_tie_counts_half() -> None:
    corners = np.array([[0, 0], [0, 1], [1, 0], [1, 1]], dtype=np.float32)
    _, percentiles = metrics.farthest(corners, np.array([0]), 3)
    # (1, 1) has two closer; the other two have none closer and tie with each other.
    assert percentiles.tolist() == [[2 / 3, 0.5 / 3, 0.5 / 3]]


def test_pair_distances_are_norms_of_differences(embeddings: metrics.Floats, exact: np.ndarray) -> None:
    a, b = np.arange(200), np.arange(300, 500)
    assert metrics.pair_distances(embeddings, a, b) == pytest.approx(exact[a, b], rel=1e-5)


def test_recall_and_map_equal_their_definitions(embeddings: metrics.Floats, labels: metrics.Rows) -> None:
    queries = np.arange(N)
    neighbors = metrics.nearest(embeddings, queries, 10)
    for k in (1, 5, 10):
        hits = [any(labels[n] == labels[q] for n in neighbors[q][:k]) for q in queries]
        assert metrics.recall_at(k, neighbors, queries, labels) == pytest.approx(np.mean(hits))
    averages = []
    for q in queries:
        total = sum(int(labels[row] == labels[q]) for row in range(N)) - 1
        precisions = [
            sum(labels[n] == labels[q] for n in neighbors[q][: rank + 1]) / (rank + 1)
            for rank in range(10)
            if labels[neighbors[q][rank]] == labels[q]
        ]
        averages.append(sum(precisions) / min(10, total))
    found = metrics.mean_average_precision_at(10, neighbors, queries, labels)
    assert found == pytest.approx(np.mean(averages))


def test_map_by_hand() -> None:
    labels = np.array([0, 0, 1, 0, 1])
    neighbors = np.array([[2, 1, 4, 3]])  # relevant at ranks 2 and 4
    found = metrics.mean_average_precision_at(4, neighbors, np.array([0]), labels)
    assert found == pytest.approx((1 / 2 + 2 / 4) / 2)


def test_score_at_top_counts_only_triplets_with_a_picture_among_the_nearest(
    embeddings: metrics.Floats, labels: metrics.Rows
) -> None:
    random = np.random.default_rng(2)
    queries = np.arange(N)
    drawn = random.integers(0, N, (4000, 3))
    right = random.random(4000) < 0.7
    neighbors = metrics.nearest(embeddings, queries, 30)
    value = counted = 0
    for (q, p, n), good in zip(drawn.tolist(), right.tolist(), strict=True):
        if p in neighbors[q] or n in neighbors[q]:
            counted += 1
            value += 1 if good else -1
    found = metrics.score_at_top(30, neighbors, queries, drawn, right)
    assert (found.value, found.counted) == (value, counted)
    assert 0 < counted < 4000


def test_farthest_figures_by_hand() -> None:
    picks = np.array([[4, 5], [4, 6], [4, 5]])
    found = metrics.farthest_figures(picks, np.array([[1.0, 0.9], [1.0, 0.8], [0.9, 0.8]]), gallery=100)
    assert (found.distinct, found.possible, found.top_share) == (3, 6, 1.0)
    assert found.mean_percentile == pytest.approx(0.9)


def test_triplet_accuracy_gives_a_tie_no_credit() -> None:
    near = np.array([1, 2, 3, 4], dtype=np.float32)
    far = np.array([2, 2, 1, 5], dtype=np.float32)
    assert metrics.triplet_accuracy(near, far) == 0.5


def test_cosines_see_a_drift_below_float32() -> None:
    a = np.array([[1.0, 0.0]], dtype=np.float32)
    b = np.array([[1.0, 1e-4]], dtype=np.float32)
    assert 1 - metrics.cosines(a, b)[0] == pytest.approx(5e-9, rel=1e-3)
