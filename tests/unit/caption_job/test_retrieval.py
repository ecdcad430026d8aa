"""Retrieval through sentences against naive twins."""

import numpy as np
import pytest

from caption_job import evaluation, retrieval
from caption_job.word_vectors import SPREAD, look_up
from caption_service.vocabulary import SPECIAL, Vocabulary


def test_a_pictures_similarity_is_that_of_its_nearest_caption() -> None:
    random = np.random.default_rng(2)
    queries, captions = (random.normal(0, 1, (n, 5)).astype(np.float32) for n in (4, 9))
    owners = np.array([0, 0, 1, 3, 3, 3, 4, 4, 4])
    found = retrieval.similarities(queries, captions, owners, 6)
    for row, query in enumerate(queries):
        for picture in range(6):
            own = [
                min(1.0, max(0.0, float(query @ c)))
                for c, o in zip(captions, owners, strict=True)
                if o == picture
            ]
            assert found[row, picture] == pytest.approx(max(own, default=0.0), abs=1e-6)


def test_lists_leave_the_query_out_and_break_ties_by_row() -> None:
    found = np.array([[0.9, 0.5, 0.5, 0.0], [0.1, 1.0, 0.1, 0.1]], np.float32)
    own = np.array([0, 1])
    assert retrieval.most_similar(found, own, 3).tolist() == [[1, 2, 3], [0, 2, 3]]
    assert retrieval.least_similar(found, own, 2).tolist() == [[3, 1], [0, 2]]


def test_sharing_counts_content_and_not_grammar() -> None:
    words = [
        retrieval.content_words([text]) for text in ("A dog on the grass", "The dog .", "on the a", "grass!")
    ]
    assert words[0] == {"dog", "grass"}
    listed = np.array([[1, 2, 3], [0, 2, 3]])
    assert retrieval.sharing(listed, words[:2], words) == pytest.approx((2 + 1) / 2)


@pytest.mark.parametrize("count", [2, 3, 50])
def test_nobody_keeps_their_own_sentence_in_the_baseline(count: int) -> None:
    other = evaluation.others(count, seed=5)
    assert sorted(other) == list(range(count))
    assert (other != np.arange(count)).all()


def test_word_vectors_start_an_embedding() -> None:
    words = Vocabulary((*SPECIAL, "dog", "cat", "axolotl"))
    lines = ["cat 1 2 3", "bus 9 9 9", "dog 3 2 1"]
    values, share = look_up(lines, words, 3, seed=1)
    assert share == pytest.approx(2 / 7)
    assert values[4] == pytest.approx(-values[5])
    assert values[4:6].std() == pytest.approx(SPREAD, rel=1e-5)
    assert 0 < np.abs(values[6]).max() < 6 * SPREAD
    with pytest.raises(ValueError, match="has 2 numbers"):
        look_up(["dog 1 2"], words, 3, seed=1)
