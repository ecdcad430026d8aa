"""From a decoder's probabilities to sentences: the best word each time, or a beam.

A sentence has at most `max_length` steps, the one that ends it counted, so at most as many words. The special
words are never written; what their probabilities would have been is not spread over the others, so that a
sentence's log-probability is the plain sum of what the decoder gave its words and its end.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from caption_service.decoder import Decoder
from caption_service.decoder_state import Float32, State
from caption_service.vocabulary import END, PAD, START, UNKNOWN

_NEVER = [PAD, START, UNKNOWN]


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence's tokens without start and end, and the natural logarithm of its probability."""

    tokens: tuple[int, ...]
    log_probability: float


def greedy(decoder: Decoder, features: Float32, max_length: int) -> list[Sentence]:
    """Take the most probable word each time, the smallest token where several are.

    Args:
        features: of B pictures, as the decoder's `begin` takes them.
        max_length: most steps of a sentence.
    """
    state = decoder.begin(features)
    tokens = np.full(len(features), START, np.intp)
    words: list[list[int]] = [[] for _ in features]
    sums = np.zeros(len(features))
    rows = np.arange(len(features))
    for _ in range(max_length):
        if not len(rows):
            break
        log_probabilities, state = _step(decoder, state, tokens)
        tokens = log_probabilities.argmax(axis=1)
        sums[rows] += log_probabilities[np.arange(len(rows)), tokens]
        going = np.flatnonzero(tokens != END)
        for place in going:
            words[rows[place]].append(int(tokens[place]))
        state, tokens, rows = state.take(going), tokens[going], rows[going]
    return [Sentence(tuple(tokens), float(total)) for tokens, total in zip(words, sums, strict=True)]


def beam(
    decoder: Decoder, features: Float32, width: int, max_length: int, length_penalty: float = 0.0
) -> Sentence:
    """The sentence with the largest log-probability ÷ steps^length_penalty that a beam finds.

    Each step keeps the `width` most probable beginnings; those that end leave the beam. Equal ones go by the
    rank of what they continue, then by token. It stops when no beginning can still overtake the best
    sentence, so that stopping changes nothing. Where nothing has ended after `max_length` steps, cut
    sentences count.

    Args:
        features: of one picture, first axis 1.
        width: beginnings kept, 1 or more; 1 is `greedy`.
        length_penalty: 0 compares sums, which favours short sentences; 1 compares means. 0 or more.
    """
    state = decoder.begin(features)
    tokens, sums = np.array([START], np.intp), np.zeros(1)
    beginnings: list[tuple[int, ...]] = [()]
    ended: list[tuple[float, Sentence]] = []
    for step in range(1, max_length + 1):
        log_probabilities, state = _step(decoder, state, tokens)
        totals = sums[:, None] + log_probabilities
        best = _largest(totals.ravel(), width)
        rows, tokens = np.divmod(best, totals.shape[1])
        sums = totals[rows, tokens]
        for place in np.flatnonzero(tokens == END):
            sentence = Sentence(beginnings[rows[place]], float(sums[place]))
            ended.append((sentence.log_probability / step**length_penalty, sentence))
        going = np.flatnonzero(tokens != END)
        beginnings = [(*beginnings[rows[place]], int(tokens[place])) for place in going]
        state, tokens, sums = state.take(rows[going]), tokens[going], sums[going]
        if not len(going):
            break
        # Sums only fall, and the longest sentence is divided by most: the most that a beginning may become.
        if ended and max(value for value, _ in ended) >= sums.max() / max_length**length_penalty:
            break
    if not ended:
        ended = [
            (float(total) / max_length**length_penalty, Sentence(words, float(total)))
            for words, total in zip(beginnings, sums, strict=True)
        ]
    return max(ended, key=lambda pair: pair[0])[1]


def _step(decoder: Decoder, state: State, tokens: NDArray[np.intp]) -> tuple[NDArray[np.float64], State]:
    """The decoder's step, with the words that are never written made impossible."""
    log_probabilities, state = decoder.step(state, tokens)
    wide = log_probabilities.astype(np.float64)
    wide[:, _NEVER] = -np.inf
    return wide, state


def _largest(values: NDArray[np.float64], count: int) -> NDArray[np.intp]:
    """Places of the `count` largest finite values, largest first, equal ones in their order."""
    if count < len(values):
        least = np.partition(values, len(values) - count)[len(values) - count]
        places = np.flatnonzero((values >= least) & (values > -np.inf))
    else:
        places = np.flatnonzero(values > -np.inf)
    order: NDArray[np.intp] = places[np.argsort(-values[places], kind="stable")[:count]]
    return order
