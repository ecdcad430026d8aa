"""Figures of a text space: worked by hand, against a naive twin, and on spaces whose answer is known."""

import numpy as np
import pytest
from scipy.stats import spearmanr

from caption_job.text_space_figures import figures, own_ranks, replication, similarities


def unit(rows: np.ndarray) -> np.ndarray:
    scaled: np.ndarray = (rows / np.linalg.norm(rows, axis=-1, keepdims=True)).astype(np.float32)
    return scaled


def drawn(pictures: int, noise: float, seed: int = 0) -> np.ndarray:
    """Captions (pictures, 5, 16) scattered about one direction a picture."""
    random = np.random.default_rng(seed)
    about = random.normal(size=(pictures, 1, 16))
    return unit(about + noise * random.normal(size=(pictures, 5, 16)))


def test_a_similarity_is_the_largest_over_the_captions_cut_at_nothing() -> None:
    vectors = unit(np.array([[[1, 0], [0, 1], [1, 1]], [[-1, 0], [1, 0], [0, -1]]], dtype=np.float64))
    expected = [[np.sqrt(0.5), 1.0], [0.0, 0.0]]
    np.testing.assert_allclose(similarities(vectors, 0, 1), expected, atol=1e-6)


def test_ranks_by_hand() -> None:
    asked = np.array([[0.5, 0.9, 0.5], [0.1, 0.8, 0.2], [0.0, 0.0, 0.0]])
    assert own_ranks(asked).tolist() == [1.5, 0, 1]


def test_replication_is_spearmans_correlation_and_the_far_ones_percentile() -> None:
    random = np.random.default_rng(2)
    first, second = random.integers(0, 9, (30, 30)) / 9, random.integers(0, 9, (30, 30)) / 9
    rows = np.roll(np.arange(30), 7)
    order, far = replication(first, second, rows)
    correlations, percentiles = [], []
    for own, other in enumerate(rows):
        gallery = [place for place in range(30) if place not in (own, other)]
        correlations.append(spearmanr(first[own, gallery], second[other, gallery]).statistic)
        for place in sorted(gallery, key=lambda place: (first[own, place], place))[:10]:
            closer = sum(second[other, g] > second[other, place] for g in gallery)
            tied = sum(second[other, g] == second[other, place] for g in gallery) - 1
            percentiles.append((closer + tied / 2 + 0.5) / len(gallery))
    assert order == pytest.approx(np.mean(correlations), abs=1e-9)
    assert far == pytest.approx(np.mean(percentiles), abs=1e-9)


def test_captions_that_say_the_same_give_one_order() -> None:
    found = figures(np.repeat(drawn(300, 0)[:, :1], 5, axis=1))
    assert (found.order, found.recall_at_1, found.own) == pytest.approx((1, 1, 1), abs=1e-6)
    assert found.order > found.order_of_another + 0.5
    # All that is cut at 0 is one tie, and the far end stands in its middle.
    assert found.far == pytest.approx(1 - found.tied / 2, abs=0.01)


def test_captions_that_say_nothing_of_their_picture_find_nothing() -> None:
    random = np.random.default_rng(4)
    found = figures(unit(random.normal(size=(300, 5, 16))))
    assert abs(found.order - found.order_of_another) < 0.05
    assert found.recall_at_10 < 0.15
    assert found.own == pytest.approx(found.other, abs=0.05)


def test_a_better_space_has_better_figures() -> None:
    worse, better = figures(drawn(200, 1.5)), figures(drawn(200, 0.5))
    assert better.recall_at_1 > worse.recall_at_1
    assert better.order > worse.order
    assert better.far > worse.far


def test_a_space_of_one_tie_says_so() -> None:
    vectors = np.zeros((20, 5, 20), np.float32)
    vectors[np.arange(20), :, np.arange(20)] = 1
    found = figures(vectors)
    assert found.tied == 1
    assert found.order == 0
    assert found.recall_at_1 == 1
