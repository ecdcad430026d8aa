"""Figures of lists and of retrieval, by hand and against the job's."""

from collections.abc import Sequence

import numpy as np
import pytest
from numpy.typing import NDArray

from drml_job import evaluation
from tests.bench import quality_figures


def test_of_lists_by_hand() -> None:
    picks = np.array([[1, 2], [1, 3]])
    space = np.array([[1, 0], [1, 0], [0, 1], [-1, 0]], dtype=np.float32)
    table = np.array([[-1.0, 0.5, 1.0, 0.0], [0.0, 0.5, -1.0, 1.0]])
    assert quality_figures.of_lists(picks, {"drml": table}, space) == {
        "distinct": 3.0,
        "possible": 4.0,
        "top_share": 1.0,
        "coverage": 0.75,
        "drml_percentile": 0.75,
        "intra_list_mean": pytest.approx((2**0.5 + 2) / 2),
        "intra_list_min": pytest.approx((2**0.5 + 2) / 2),
    }
    between = np.array([[0.0, 0.5], [0.5, 0.0]])
    found = quality_figures.mean_class_distance(picks, np.array([0, 2]), np.array([0, 0, 1, 1]), between)
    assert found == 0.25


def test_retrieval_agrees_with_the_job() -> None:
    source = np.random.default_rng(2)
    labels = np.repeat(np.arange(10), 30)
    e = (source.normal(size=(10, 6))[labels] + source.normal(size=(300, 6))).astype(np.float32)
    queries = np.arange(300)
    far = np.linalg.norm(e[:, None].astype(np.float64) - e[None], axis=2)
    found = quality_figures.of_retrieval(far, queries, labels, 20_000, seed=1)
    known = evaluation.figures(e, labels, evaluation.Knobs(triplets=20_000, farthest_queries=5))
    for name in ("recall_at_1", "recall_at_5", "recall_at_10", "map_at_10"):
        assert found[name] == pytest.approx(known[name])
    assert found["triplet_accuracy"] == pytest.approx(known["triplet_accuracy"], abs=0.01)
    assert found["score_at_top_30"] / found["score_at_top_30_triplets"] == pytest.approx(
        known["score_at_top_30"] / known["score_at_top_30_triplets"], abs=0.03
    )
    assert quality_figures.of_retrieval(far[:5], queries[:5], np.zeros(300, dtype=np.intp), 10, seed=1) == {}


def test_view_correlation() -> None:
    far = np.array([[0.0, 1.0, 2.0, 3.0]])
    queries = np.array([0])
    assert quality_figures.view_correlation(far, far**3, queries) == pytest.approx(1.0)
    assert quality_figures.view_correlation(far, -far, queries) == pytest.approx(-1.0)
    assert quality_figures.view_correlation(far, np.zeros((1, 4)), queries) == 0.0


def test_generated_against_human_by_hand() -> None:
    def vectors(sentences: Sequence[str]) -> NDArray[np.float32]:
        return np.array([[sentence == "dog", sentence == "cat"] for sentence in sentences], dtype=np.float32)

    captions = [["Dog!", "cat"], [], ["cat"]]
    found = quality_figures.generated_against_human(["dog", "dog", "cat"], captions, vectors)
    assert found == {"generated_human": 0.75, "generated_other": 0.25, "generated_human_pictures": 2.0}
    assert quality_figures.generated_against_human(["dog"], [["dog"]], vectors) == {}
