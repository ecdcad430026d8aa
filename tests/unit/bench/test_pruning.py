"""Shares that bounds leave: those of clusters whose answer is known beforehand."""

import numpy as np
import pytest

from tests.bench.pruning import QUERIES, N, left_by, study


def test_bounds_keep_what_may_reach_the_bar() -> None:
    least, most = np.array([[0.0, 2.0, 5.0, 1.0]]), np.array([[1.0, 3.0, 9.0, 8.0]])
    assert left_by(least, most, np.array([1.5]), np.array([8.0])) == (0.5, 0.5)


def test_tight_clusters_leave_their_own() -> None:
    random = np.random.default_rng(1)
    ends = np.array([[0.0, 0, 0], [1000, 0, 0]], dtype=np.float32)
    x = np.repeat(ends, QUERIES, axis=0) + random.standard_normal((2 * QUERIES, 3)).astype(np.float32)
    found = study(x, (2,), seed=1)
    assert found["balls of 2 clusters"] == pytest.approx((0.5, 0.5))
    near, far = found["pictures of 2 clusters"]
    assert N / len(x) <= near < 0.5
    assert N / len(x) <= far <= 0.5


def test_norms_part_shells() -> None:
    random = np.random.default_rng(2)
    x = random.standard_normal((1_000, 8)).astype(np.float32)
    radii = np.where(np.arange(1_000) < 500, 1, 1_000).astype(np.float32)
    x *= (radii / np.linalg.norm(x, axis=1))[:, None]
    near, far = study(x, (), seed=3)["norms"]
    assert 0.4 < near <= 0.5
    assert 0.5 <= far < 1
