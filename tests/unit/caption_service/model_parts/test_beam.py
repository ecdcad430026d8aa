"""Greedy decoding and the beam against twins that re-run every prefix and try everything."""

import itertools
from collections.abc import Sequence

import numpy as np
import pytest
from numpy.typing import NDArray

from caption_service.beam import Sentence, beam, greedy
from caption_service.decoder import DECODER_KINDS, Decoder
from caption_service.decoder_state import Float32, State
from caption_service.vocabulary import END, PAD, START, UNKNOWN
from tests.unit.caption_service.model_parts.drawn_decoders import drawn_decoder, drawn_features

LETTERS = 6  # pad, start, end, unknown, two words


class Table:
    """A decoder by a table of probabilities after each token; the picture chooses the table."""

    def __init__(self, tables: NDArray[np.float64]) -> None:
        """`tables` (pictures, V, V): after a token, of each next one."""
        with np.errstate(divide="ignore"):
            self.logs = np.log(tables).astype(np.float32)

    def begin(self, features: Float32) -> State:
        return State((features,))

    def step(self, state: State, tokens: NDArray[np.intp]) -> tuple[Float32, State]:
        found: Float32 = self.logs[state.arrays[0][:, 0].astype(int), tokens]
        return found, state


def drawn_table(seed: int, pictures: int = 1) -> Table:
    random = np.random.default_rng(seed)
    return Table(random.dirichlet(np.full(LETTERS, 0.7), (pictures, LETTERS)))


def after(decoder: Decoder, features: Float32, prefix: Sequence[int]) -> NDArray[np.float64]:
    """Log-probabilities after a prefix, re-run from its beginning; what is never written is impossible."""
    state = decoder.begin(features)
    found = np.zeros((1, 0), np.float32)
    for token in (START, *prefix):
        found, state = decoder.step(state, np.array([token]))
    wide: NDArray[np.float64] = found[0].astype(np.float64)
    wide[[PAD, START, UNKNOWN]] = -np.inf
    return wide


def naive_greedy(decoder: Decoder, features: Float32, max_length: int) -> list[Sentence]:
    """All pictures' prefixes are run again from their beginning for every word, ended ones too."""
    prefixes = np.full((len(features), 1), START)
    totals = np.zeros(len(features))
    going = np.ones(len(features), bool)
    for _ in range(max_length):
        state = decoder.begin(features)
        for place in range(prefixes.shape[1]):
            found, state = decoder.step(state, prefixes[:, place])
        logs = found.astype(np.float64)
        logs[:, [PAD, START, UNKNOWN]] = -np.inf
        tokens = np.where(going, logs.argmax(axis=1), PAD)
        totals += np.where(going, logs.max(axis=1), 0)
        going &= tokens != END
        prefixes = np.column_stack([prefixes, tokens])
    words = [tuple(int(token) for token in row[1:] if token not in (PAD, END)) for row in prefixes]
    return [Sentence(tokens, float(total)) for tokens, total in zip(words, totals, strict=True)]


def naive_beam(
    decoder: Decoder, features: Float32, width: int, max_length: int, length_penalty: float
) -> Sentence:
    """The same rule with lists, never stopping early."""
    beginnings: list[tuple[float, tuple[int, ...]]] = [(0.0, ())]
    ended: list[tuple[float, Sentence]] = []
    for step in range(1, max_length + 1):
        grown = []
        for rank, (total, words) in enumerate(beginnings):
            logs = after(decoder, features, words)
            grown += [(total + logs[t], rank, t, words) for t in range(len(logs)) if logs[t] > -np.inf]
        grown.sort(key=lambda entry: (-entry[0], entry[1], entry[2]))
        kept = grown[:width]
        ended += [(s / step**length_penalty, Sentence(w, s)) for s, _, t, w in kept if t == END]
        beginnings = [(s, (*w, t)) for s, _, t, w in kept if t != END]
    if not ended:
        ended = [(s / max_length**length_penalty, Sentence(w, s)) for s, w in beginnings]
    return max(ended, key=lambda pair: pair[0])[1]


def best_of_all(decoder: Decoder, features: Float32, max_length: int, length_penalty: float) -> Sentence:
    """Every sentence there is that ends within the steps."""
    best, highest = Sentence((), -np.inf), -np.inf
    for length in range(max_length):
        for words in itertools.product(range(4, LETTERS), repeat=length):
            tokens = (*words, END)
            total = sum(after(decoder, features, tokens[:place])[token] for place, token in enumerate(tokens))
            if total / len(tokens) ** length_penalty > highest:
                best, highest = Sentence(words, float(total)), total / len(tokens) ** length_penalty
    return best


# Seeds whose decoders write many sentences of many lengths.
@pytest.mark.parametrize(
    ("kind", "seed"), [("merge", 5), ("init-inject", 9), ("attention", 2), ("transformer", 2)]
)
def test_greedy_with_carried_state_equals_the_whole_prefix_run_again(kind: str, seed: int) -> None:
    """200 pictures, token for token."""
    decoder, features = drawn_decoder(kind, seed), 3 * drawn_features(kind, 200)
    found = greedy(decoder, features, 12)
    expected = naive_greedy(decoder, features, 12)
    assert [sentence.tokens for sentence in found] == [sentence.tokens for sentence in expected]
    sums = [sentence.log_probability for sentence in expected]
    assert [sentence.log_probability for sentence in found] == pytest.approx(sums, abs=1e-4)
    assert len({sentence.tokens for sentence in found}) > 10
    assert len({len(sentence.tokens) for sentence in found}) > 3


@pytest.mark.parametrize("seed", range(12))
@pytest.mark.parametrize("length_penalty", [0.0, 0.7, 1.0])
@pytest.mark.parametrize("width", [1, 2, 3])
def test_a_beam_equals_its_rule_written_with_lists(seed: int, length_penalty: float, width: int) -> None:
    decoder, features = drawn_table(seed), np.zeros((1, 1), np.float32)
    found = beam(decoder, features, width, 7, length_penalty)
    expected = naive_beam(decoder, features, width, 7, length_penalty)
    assert found.tokens == expected.tokens
    assert found.log_probability == pytest.approx(expected.log_probability, abs=1e-5)


@pytest.mark.parametrize("kind", DECODER_KINDS)
@pytest.mark.parametrize("width", [2, 5])
def test_a_beam_carries_its_state_with_its_beginnings(kind: str, width: int) -> None:
    decoder = drawn_decoder(kind, seed=9)
    for picture in range(5):
        features = drawn_features(kind, 1, seed=picture)
        found = beam(decoder, features, width, 8, 0.7)
        assert found.tokens == naive_beam(decoder, features, width, 8, 0.7).tokens


@pytest.mark.parametrize("seed", range(12))
@pytest.mark.parametrize("length_penalty", [0.0, 1.0])
def test_a_beam_wide_enough_finds_the_best_sentence_there_is(seed: int, length_penalty: float) -> None:
    decoder, features = drawn_table(seed), np.zeros((1, 1), np.float32)
    expected = best_of_all(decoder, features, 5, length_penalty)
    found = beam(decoder, features, 3**5, 5, length_penalty)
    assert found.tokens == expected.tokens
    assert found.log_probability == pytest.approx(expected.log_probability, abs=1e-5)


@pytest.mark.parametrize("kind", DECODER_KINDS)
def test_a_beam_of_one_is_greedy(kind: str) -> None:
    decoder, features = drawn_decoder(kind, seed=11), drawn_features(kind, 20)
    alone = [beam(decoder, features[row : row + 1], 1, 10) for row in range(20)]
    assert [s.tokens for s in alone] == [s.tokens for s in greedy(decoder, features, 10)]


def test_what_is_never_written_is_never_written() -> None:
    table = np.full((1, LETTERS, LETTERS), 1e-6)
    table[:, :, [PAD, START, UNKNOWN]] = 0.3
    table[:, :, 4], table[:, 4, END] = 0.05, 0.09
    decoder, features = Table(table), np.zeros((1, 1), np.float32)
    expected = np.log(0.05) + np.log(0.09)
    for found in (greedy(decoder, features, 5)[0], beam(decoder, features, 3, 5)):
        assert found.tokens == (4,)
        assert found.log_probability == pytest.approx(expected, abs=1e-5)


def test_ties_go_to_the_smaller_token() -> None:
    table = np.zeros((1, LETTERS, LETTERS))
    table[:, START, 4:6], table[:, 4:6, END] = 0.5, 1.0
    decoder, features = Table(table), np.zeros((1, 1), np.float32)
    assert greedy(decoder, features, 5)[0].tokens == (4,)
    assert beam(decoder, features, 1, 5).tokens == (4,)
    assert beam(decoder, features, 2, 5).tokens == (4,)


@pytest.mark.parametrize("width", [1, 3])
def test_a_sentence_without_an_end_is_cut(width: int) -> None:
    table = np.zeros((1, LETTERS, LETTERS))
    table[:, :, 4:6] = 0.6, 0.4
    decoder, features = Table(table), np.zeros((1, 1), np.float32)
    assert beam(decoder, features, width, 4, 1.0) == greedy(decoder, features, 4)[0]
    assert greedy(decoder, features, 4)[0].tokens == (4, 4, 4, 4)


def test_the_end_may_be_the_last_step() -> None:
    table = np.zeros((1, LETTERS, LETTERS))
    table[:, START, 4], table[:, 4, 5], table[:, 5, END] = 1, 1, 1
    decoder, features = Table(table), np.zeros((1, 1), np.float32)
    assert greedy(decoder, features, 3)[0] == Sentence((4, 5), 0.0) == beam(decoder, features, 2, 3)


def test_a_length_penalty_favours_longer_sentences() -> None:
    table = np.zeros((1, LETTERS, LETTERS))
    table[:, START, END], table[:, START, 4], table[:, 4, 5], table[:, 5, END] = 0.4, 0.6, 0.7, 0.9
    decoder, features = Table(table), np.zeros((1, 1), np.float32)
    assert beam(decoder, features, 3, 6, 0.0).tokens == ()
    assert beam(decoder, features, 3, 6, 1.0).tokens == (4, 5)


def test_no_picture_gives_no_sentence() -> None:
    assert greedy(drawn_decoder("merge"), drawn_features("merge", 0), 5) == []


def test_sentences_of_a_batch_are_those_of_its_pictures() -> None:
    decoder = drawn_table(3, pictures=4)
    features = np.arange(4, dtype=np.float32)[:, None]
    assert greedy(decoder, features, 6) == [greedy(decoder, features[[n]], 6)[0] for n in range(4)]
