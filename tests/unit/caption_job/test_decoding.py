"""What is measured on the served decoder, against naive twins, with random weights."""

import numpy as np
import pytest

from caption_job.self_critical import advantage_weights, advantages, sample
from caption_job.sentences import Sentences
from caption_job.token_figures import token_figures
from caption_service.decoder import Decoder, load
from caption_service.decoder_merge import MergeDecoder
from caption_service.vocabulary import END, PAD, START, UNKNOWN

ARGUMENTS: dict[str, bool | int | float | str] = {
    "decoder": "merge",
    "feature_dim": 5,
    "units": 6,
    "embedding_dim": 4,
    "vocabulary_size": 9,
    "max_length": 7,
}


@pytest.fixture
def writer() -> Decoder:
    random = np.random.default_rng(7)
    shapes = MergeDecoder.shapes(ARGUMENTS)
    return load({n: random.normal(0, 1, s).astype(np.float32) for n, s in shapes.items()}, ARGUMENTS)


@pytest.fixture
def features() -> np.ndarray:
    return np.random.default_rng(8).normal(0, 1, (200, 5)).astype(np.float32)


def test_token_figures_are_sums_over_single_words(writer: Decoder, features: np.ndarray) -> None:
    random = np.random.default_rng(9)
    pictures = random.integers(0, 200, 30)
    tokens = [random.integers(UNKNOWN, 9, random.integers(1, 7)).tolist() for _ in pictures]
    loss, accuracy = token_figures(writer, features, Sentences.from_tokens(pictures, tokens))
    losses, right = [], []
    for picture, words in zip(pictures, tokens, strict=True):
        state = writer.begin(features[picture : picture + 1])
        for before, target in zip([START, *words], [*words, END], strict=True):
            log_probabilities, state = writer.step(state, np.array([before]))
            known = target != UNKNOWN
            losses += [-float(log_probabilities[0, target])] if known else []
            right.append(known and int(log_probabilities[0].argmax()) == target)
    assert loss == pytest.approx(np.mean(losses), rel=1e-5)
    assert accuracy == pytest.approx(np.mean(right))


def test_sampled_words_come_as_often_as_they_are_likely(writer: Decoder, features: np.ndarray) -> None:
    same = np.repeat(features[:1], 20_000, axis=0)
    found = sample(writer, same, 2, np.random.default_rng(1))
    log_probabilities, _ = writer.step(writer.begin(features[:1]), np.array([START]))
    likely = np.exp(log_probabilities[0].astype(np.float64))
    likely[[PAD, START, UNKNOWN]] = 0
    firsts = np.bincount([words[0] if words else END for words in found], minlength=9) / len(found)
    assert firsts == pytest.approx(likely / likely.sum(), abs=0.02)
    assert {PAD, START, UNKNOWN, END}.isdisjoint(word for words in found for word in words)


def test_a_sentence_ends_with_its_first_end(writer: Decoder, features: np.ndarray) -> None:
    found = sample(writer, features, 7, np.random.default_rng(2))
    assert max(map(len, found)) == 6
    assert min(map(len, found)) < 3


def test_an_advantage_is_over_the_mean_of_the_picture_s_other_sentences() -> None:
    earned = np.array([[1.0, 2.0, 6.0], [3.0, 3.0, 3.0]])
    expected = [[1 - (2 + 6) / 2, 2 - (1 + 6) / 2, 6 - (1 + 2) / 2], [0, 0, 0]]
    assert advantages(earned) == pytest.approx(np.array(expected))


def test_advantages_weigh_whole_sentences() -> None:
    batch = Sentences.from_tokens(np.array([0, 1]), [[5, 6], [7]]).take(np.array([0, 1]))
    weights = advantage_weights(batch, np.array([2.0, -1.0]))
    assert weights == pytest.approx(np.array([[2, 2, 2], [-1, -1, 0]]) / 5)
