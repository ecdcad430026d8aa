"""Distances by one product against the definition, pair by pair."""

import numpy as np

from drml_service.pairwise import pair_distances
from drml_service.search import exact_distances


def test_each_pair_by_the_definition() -> None:
    random = np.random.default_rng(5)
    scales = np.exp(random.normal(size=513) * 3)  # of few exponents, the product would be exact
    vectors = (random.normal(size=(60, 513)) * scales).astype(np.float32)
    vectors[17] = vectors[3]
    for place in range(21, 41):  # as near as float32 can tell: a product alone would lose every digit
        vectors[place] = vectors[3] + np.float32(1e-4) * (place - 20)
    expected = np.stack([exact_distances(vector, vectors) for vector in vectors])
    found = pair_distances(vectors)
    assert np.allclose(found, expected, rtol=1e-6, atol=0)
    assert found[17, 3] == found[3, 17] == 0
    assert found[21:41, 3].tolist() == expected[21:41, 3].tolist()
    assert found[3, 21:41].tolist() == expected[21:41, 3].tolist()


def test_one_vector_has_no_pairs() -> None:
    assert pair_distances(np.ones((1, 4), np.float32)).tolist() == [[0.0]]
