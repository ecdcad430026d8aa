"""Distances that order in-class triplets, against their definition."""

import numpy as np

from drml_job import teacher


def test_more_pairs_than_are_compared_at_a_time() -> None:
    random = np.random.default_rng(4)
    features = random.standard_normal((50, 7)).astype(np.float16)
    features[3] = 0
    a, b = random.integers(0, 50, (2, 45_000))
    wide = features.astype(np.float64)
    lengths = np.maximum(np.linalg.norm(wide, axis=1), 1e-12)
    expected = 1 - np.einsum("nd,nd->n", wide[a] / lengths[a, None], wide[b] / lengths[b, None])
    found = teacher.cosine_distances(features)(a, b)
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, expected, atol=1e-6)


def test_no_pairs_at_all() -> None:
    none = np.empty(0, dtype=np.int64)
    assert teacher.cosine_distances(np.ones((2, 3), dtype=np.float16))(none, none).shape == (0,)
