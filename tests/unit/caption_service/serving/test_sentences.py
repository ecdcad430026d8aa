"""Distinct sentences in segments: each kept once, each row compared by itself."""

import numpy as np
import pytest

from caption_service.sentences import Sentences
from caption_service.text_space import fit
from tests.fakes.captioner import WordSpace

SPACE = WordSpace()


def test_rows_in_the_order_they_came_whatever_the_segments() -> None:
    sentences, words = Sentences(SPACE.dimension), list(SPACE.WORDS)
    random = np.random.default_rng(2)
    texts = list(dict.fromkeys(" ".join(random.choice(words, 3, replace=False)) for _ in range(90)))
    most = 0
    for start in range(0, len(texts), 4):
        sentences = sentences.extended([*texts[max(0, start - 2) : start + 4]], SPACE.vectors)
        most = max(most, len(sentences.segments))
    assert [sentences.row(text) for text in texts] == list(range(len(texts)))
    query = SPACE.vectors(["red bus"])[0]
    expected = [round(float(SPACE.vectors([text])[0] @ query), 6) for text in texts]
    assert sentences.similarities(query).tolist() == pytest.approx(expected, abs=1e-6)
    assert most <= 6


def test_a_sentence_that_was_not_added_has_no_row() -> None:
    with pytest.raises(KeyError):
        Sentences(SPACE.dimension).row("red")


def test_only_the_kept_ones_stay() -> None:
    sentences = Sentences(SPACE.dimension).extended(["red", "bus", "dog"], SPACE.vectors).kept(["dog", "red"])
    assert [sentences.row("dog"), sentences.row("red"), len(sentences)] == [0, 1, 2]
    assert sentences.similarities(SPACE.vectors(["dog"])[0]).tolist() == [1.0, 0.0]
    assert len(sentences.kept([])) == 0


def test_nothing_is_like_nothing() -> None:
    assert Sentences(SPACE.dimension).similarities(np.zeros(SPACE.dimension, np.float32)).tolist() == []


def test_sentences_of_the_same_words_tie_wherever_they_lie() -> None:
    """In the real space, where a row has hundreds of coordinates; batches of different sizes before them."""
    captions = [
        f"{a} {b} near the {c}"
        for a in ("dog", "cat", "bus")
        for b in ("runs", "sits", "waits")
        for c in ("tree", "road", "sea", "hill")
    ]
    space = fit(captions, "blend", 8)
    filling = [f"{caption} {number}th again {'x' * number}" for number, caption in enumerate(captions)]
    sentences = Sentences(space.dimension)
    for number, batch in enumerate((filling[:1], filling[1:18], filling[18:])):
        same = ["dog runs near the tree", "tree near the dog runs", "the dog runs near tree"][number]
        sentences = sentences.extended([*batch, same], space.vectors)
    values = sentences.similarities(space.vectors(["a dog near the sea"])[0])
    rows = [
        sentences.row(text)
        for text in ("dog runs near the tree", "tree near the dog runs", "the dog runs near tree")
    ]
    assert len({values[row] for row in rows}) == 1
    assert 0 < values[rows[0]] < 1
