"""The far band by hand: its size, its ties, its order, its proof; how deep it is looked for."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from diversity_gateway.depths import MAX_DEPTH, first_depth
from diversity_gateway.far_band import band_size, blend_adjusted, is_band_proven, length, reordered
from diversity_gateway.ranking import Band, Order, known, select
from diversity_gateway.wishes import Wish
from tests.unit.gateway.columns import candidates

BOTH = {"a": 3.0, "b": 1.0}


def ranked(*divergences: float) -> Order:
    pictures = [(f"p{place}", {"a": share}) for place, share in enumerate(divergences)]
    return select("divergent", candidates(pictures, "a"), {"a": 1.0})


def order(entries: Order) -> list[str]:
    return [entry.image_id for entry in entries.first(9)]


@pytest.mark.parametrize(
    ("eligible", "listed", "expected"),
    [(100_000, 5, 1_000), (100_001, 5, 1_001), (518, 5, 50), (5_000, 5, 50), (5_001, 5, 51), (0, 1, 10)],
)
def test_size(eligible: int, listed: int, expected: int) -> None:
    assert band_size(eligible, listed) == expected


def test_a_band_takes_whole_runs_of_ties() -> None:
    entries = ranked(0.9, 0.8, 0.8, 0.8, 0.7)
    assert [length(entries.divergence, size) for size in (1, 2, 3, 4, 5, 9)] == [1, 4, 4, 4, 5, 5]
    assert length(entries.divergence, None) == 5


def test_order_inside_and_behind_the_band() -> None:
    entries = ranked(0.9, 0.8, 0.7, 0.6, 0.5)
    adjusted = np.array([1.0, 2.0, 2.0, np.nan, 9.0])
    found = reordered(entries, 4, adjusted)
    assert order(found) == ["p1", "p2", "p0", "p3", "p4"]
    assert [entry.adjusted for entry in found.first(9)] == [2.0, 2.0, 1.0, None, None]
    assert order(reordered(entries, None, adjusted)) == ["p4", "p1", "p2", "p0", "p3"]


def test_blend() -> None:
    values = {"a": np.array([1.0, np.nan, np.nan]), "b": np.array([5.0, 5.0, np.nan])}
    assert known(blend_adjusted(values, BOTH)) == [2.0, 5.0, None]
    assert known(blend_adjusted({"b": values["b"]}, {"a": 1.0, "b": 0.0})) == [None, None, None]


def test_proof() -> None:
    entries = ranked(0.9, 0.8, 0.7)
    assert is_band_proven(entries, 2, 1, None, None)
    assert is_band_proven(entries, 2, 1, (-0.79, ""), None)
    assert not is_band_proven(entries, 2, 1, (-0.8, ""), None)  # an unseen one may tie with the last
    assert not is_band_proven(entries, 4, 1, (-0.1, ""), None)
    assert not is_band_proven(entries, 2, 3, (-0.75, ""), None)  # the third stands behind the band
    assert is_band_proven(entries, 2, 3, (-0.65, ""), None)
    assert is_band_proven(entries, None, 1, (-0.69, ""), Band(0.7, 0.8))
    assert not is_band_proven(entries, None, 1, (-0.7, ""), Band(0.7, 0.8))


@given(st.integers(0, 200_000), st.integers(1, 100), st.integers(1, 2), st.booleans())
def test_the_first_depth_covers_the_band_of_one_view(size: int, listed: int, views: int, far: bool) -> None:
    wish = Wish("divergent", listed + 1, BOTH, listed=listed if far else None)
    depth = first_depth(wish, size, size, views)
    assert 0 < depth <= MAX_DEPTH
    if far:
        assert depth >= min(size, band_size(size, listed))
    else:
        assert depth == listed + 1 + 16


def test_the_depth_for_views_that_have_nothing_in_common() -> None:
    """√(1,000 · 100,000 ÷ 2) = 7,071, a fifth to spare."""
    assert 8_400 < first_depth(Wish("divergent", 6, BOTH, listed=5), 100_000, 100_000, 2) < 8_600
