"""Spread picks over a gallery: beside lists that others make, and by hand."""

import numpy as np
import pytest

from tests.bench import quality_diversity, quality_lists
from tests.bench.quality_diversity import figures, lists, ranking, rows, verdict

SOURCE = np.random.default_rng(8)
QUERIES = np.array([2, 40, 399], dtype=np.intp)
VECTORS = SOURCE.standard_normal((400, 6)).astype(np.float32)
SHARES = quality_lists.shares(
    np.linalg.norm(VECTORS[QUERIES][:, None].astype(np.float64) - VECTORS, axis=2), QUERIES
)
ADJUSTED = SOURCE.standard_normal(SHARES.shape)
UNIT = VECTORS / np.linalg.norm(VECTORS, axis=1, keepdims=True)


def test_without_diversity_the_lists_are_the_plain_ones() -> None:
    corrected = lists(SHARES, ADJUSTED, VECTORS, None, 5)[0.0]
    assert corrected.tolist() == quality_lists.corrected(SHARES, ADJUSTED, 5).tolist()
    assert lists(SHARES, None, VECTORS, None, 5)[0.0].tolist() == quality_lists.farthest(SHARES, 5).tolist()


def test_with_all_of_it_each_pick_is_the_farthest_from_those_before() -> None:
    pool = 50  # ten for each pick: more than a twentieth of 400
    for place, picks in enumerate(lists(SHARES, ADJUSTED, VECTORS, None, 5)[1.0].tolist()):
        candidates = [int(entry.image_id) for entry in ranking(SHARES[place], ADJUSTED[place], 5, pool)]
        expected = candidates[:1]
        while len(expected) < 5:
            least = {
                row: min(np.linalg.norm(VECTORS[row] - VECTORS[pick]) for pick in expected)
                for row in candidates
                if row not in expected
            }
            expected.append(max(least, key=least.__getitem__))
        assert picks == expected


@pytest.mark.parametrize("adjusted", [None, ADJUSTED])
def test_what_is_read_of_a_ranking_is_its_beginning(adjusted: np.ndarray | None) -> None:
    """With runs of ties at the band's edge and at the end."""
    for place, row in enumerate(np.maximum(-1, np.round(SHARES * 40) / 40)):
        own = None if adjusted is None else adjusted[place]
        whole = ranking(row, own, 5, 399)
        assert [entry.image_id for entry in whole] != sorted(entry.image_id for entry in whole)
        for count in (1, 49, 50, 51, 200):
            assert ranking(row, own, 5, count) == whole[:count]


def test_the_querys_own_entry_is_in_no_list() -> None:
    for picks in lists(SHARES, None, VECTORS, 400, 5).values():
        assert not (picks == QUERIES[:, None]).any()


def test_figures_by_hand() -> None:
    """On a line, seen from its end: the three farthest lie close together, the spread ones do not."""
    line = np.array([[0.0], [1.0], [8.0], [9.0], [10.0]], dtype=np.float32)
    queries = np.array([0], dtype=np.intp)
    shares = quality_lists.shares(line.T.astype(np.float64), queries)
    found = figures(shares, None, line, 3, beside={}, space=np.ones((5, 1), dtype=np.float32))
    assert found.keys() == {f"diversity {name}, raw, pool of 50" for name in ("0", "0.5", "1")}
    plain, whole = (found[f"diversity {name}, raw, pool of 50"] for name in ("0", "1"))
    assert plain["least_distance"] == 1
    assert plain["mean_distance"] == pytest.approx(4 / 3)
    assert (plain["least_distance_ratio"], plain["doubled"]) == (1, 0)
    # 10, then 1 as the farthest from it, then 8, which is two from 10.
    assert (whole["least_distance"], whole["least_distance_ratio"], whole["doubled"]) == (2, 2, 1)
    assert whole["lowest_percentile"] == pytest.approx((1 + 0 + 1 / 3) / 3)
    assert whole["lowest_percentile"] == whole["drml_percentile"]


def test_a_figure_a_row() -> None:
    assert rows({"diversity 1": {"doubled": 0.5}}) == [
        {"view": "drml", "method": "diversity 1", "figure": "doubled", "value": 0.5}
    ]


@pytest.mark.parametrize(
    ("ratio", "share", "said"),
    [(2.0, 0.95, ": met."), (1.99, 0.99, ": not met."), (3.0, 0.949, ": not met.")],
)
def test_what_is_asked_is_said(ratio: float, share: float, said: str) -> None:
    found = {"diversity 1": {"least_distance_ratio": ratio, "drml_percentile": share}}
    assert verdict(found).endswith(said)
    assert verdict({}) == ""


def test_both_rankings_are_spread_where_there_is_a_correction() -> None:
    found = figures(SHARES, ADJUSTED, VECTORS, 5, beside={"other": SHARES}, space=UNIT)
    assert len(found) == len(quality_diversity.ARMS) * len(quality_diversity.DIVERSITIES)
    assert all({"distinct", "other_percentile", "intra_list_min"} <= one.keys() for one in found.values())
