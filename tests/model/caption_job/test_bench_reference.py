"""The bench's reference beam finds what can be worked out by hand, and greedy is a beam of one."""

import numpy as np
import pytest
from numpy.typing import NDArray

from caption_service.vocabulary import END, PAD, START, UNKNOWN
from tests.bench.captioning_reference import PredictedSentences

A, B = 4, 5
assert {PAD, START, UNKNOWN, END} == {0, 1, 2, 3}
# After a prefix the shares of its next words; END otherwise. By greedy `a` comes first, but all that follows
# it is unlikely; `b` and its end are the likelier whole.
NEXT = {(): {A: 0.6, B: 0.4}, (A,): {A: 0.3, B: 0.3, END: 0.4}, (B,): {END: 0.9, A: 0.1}}


class Table:
    """A decoder that looks its words up; sees whole prefixes, as Keras' does."""

    def predict_on_batch(self, given: list[NDArray[np.generic]]) -> NDArray[np.float32]:
        _, prefixes = given
        found = np.full((*prefixes.shape, 6), -30.0, np.float32)
        for row, prefix in enumerate(prefixes):
            for place in range(len(prefix)):
                words = tuple(int(token) for token in prefix[1 : place + 1])
                for token, share in NEXT.get(words, {END: 1.0}).items():
                    found[row, place, token] = np.log(share)
                found[row, place, START] = 5.0  # never written, however likely
        return found


@pytest.fixture
def reference() -> PredictedSentences:
    bare = PredictedSentences.__new__(PredictedSentences)
    bare.decoder, bare.longest = Table(), 4
    return bare


def test_a_beam_finds_what_greedy_misses(reference: PredictedSentences) -> None:
    features = np.zeros((3, 2), np.float32)
    assert reference.greedy(features) == [(A,)] * 3  # 0.6 · 0.4 = 0.24
    assert reference.beams(features, 2, 0.0) == [(B,)] * 3  # 0.4 · 0.9 = 0.36


def test_longer_sentences_gain_by_the_penalty(reference: PredictedSentences) -> None:
    """By means, `a a` and its end (0.18, three steps) beat `a` and its end (0.24, two)."""
    features = np.zeros((1, 2), np.float32)
    means = {
        (A,): np.log(0.24) / 2,
        (B,): np.log(0.36) / 2,
        (A, A): np.log(0.18) / 3,
        (A, B): np.log(0.18) / 3,
    }
    assert max(means, key=lambda words: means[words]) == (B,)
    assert reference.beams(features, 3, 1.0) == [(B,)]
    assert reference.beams(features, 3, 3.0) == [(A, A)]  # −1.71 ÷ 27 > −1.02 ÷ 8
