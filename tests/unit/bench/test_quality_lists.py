"""The compared lists against the service's own rooms, and by hand."""

import numpy as np

from diversity_gateway.far_band import band_size, reordered
from diversity_gateway.ranking import Candidates, select
from tests.bench import quality_lists

SOURCE = np.random.default_rng(4)


def test_corrected_is_what_the_gateway_returns() -> None:
    """With ties, in the far band and at its edge."""
    for count in (1, 5):
        gallery, queries = 700, np.array([0, 3, 699])
        far = SOURCE.integers(0, 60, size=(3, gallery)).astype(np.float64)
        adjusted = SOURCE.integers(0, 9, size=(3, gallery)).astype(np.float64)
        shares = quality_lists.shares(far, queries)
        picks = quality_lists.corrected(shares, adjusted, count)
        for place, own in enumerate(queries):
            names = [f"{row:04}" for row in range(gallery)]
            others = Candidates(names, {"a": shares[place]})
            ranked = select("divergent", others, {"a": 1.0}, banned={names[own]})
            served = reordered(ranked, band_size(gallery, count), adjusted[place]).first(count)
            assert [names[row] for row in picks[place]] == [entry.image_id for entry in served]


def test_shares_by_hand() -> None:
    found = quality_lists.shares(np.array([[9.0, 1.0, 2.0, 2.0], [5.0, 0.0, 7.0, 6.0]]), np.array([0, 1]))
    assert found.tolist() == [[-1.0, 0.0, 0.75, 0.75], [0.0, -1.0, 1.0, 0.5]]
    assert quality_lists.farthest(found, 2).tolist() == [[2, 3], [2, 3]]


def test_random_never_picks_the_query_or_one_twice() -> None:
    queries = np.arange(6)
    picks = quality_lists.random(queries, 6, 5, SOURCE)
    assert [sorted(row) for row in picks.tolist()] == [[p for p in range(6) if p != own] for own in range(6)]


def test_mmr_by_hand() -> None:
    """The nearest first; then its twin gives way to the one beside them."""
    vectors = np.array([[1, 0], [1, 0], [1, 0], [0, 1]], dtype=np.float32)
    shares = np.array([[-1.0, 0.0, 0.1, 0.4]])
    assert quality_lists.around_the_nearest(shares, vectors, 3).tolist() == [[1, 3, 2]]
