"""Greedy sentences by running the whole prefix anew for every word: the slow twin of carrying the state."""

import numpy as np
from numpy.typing import NDArray

from caption_service import beam
from caption_service.decoder import Decoder
from caption_service.vocabulary import END, PAD, START, UNKNOWN


def whole_prefix_tokens(decoder: Decoder, features: NDArray[np.float32], max_length: int) -> tuple[int, ...]:
    """The sentence for one picture's features (1, ...)."""
    words: list[int] = []
    while len(words) < max_length:
        state = decoder.begin(features)
        for token in (START, *words):
            log_probabilities, state = decoder.step(state, np.array([token], np.intp))
        last = log_probabilities[0].astype(np.float64)
        last[[PAD, START, UNKNOWN]] = -np.inf
        token = int(last.argmax())
        if token == END:
            break
        words.append(token)
    return tuple(words)


def disagreements(decoder: Decoder, features: NDArray[np.float32], max_length: int) -> int:
    """How many pictures' sentences differ in any token between the two ways."""
    carried = beam.greedy(decoder, features, max_length)
    return sum(
        sentence.tokens != whole_prefix_tokens(decoder, features[row : row + 1], max_length)
        for row, sentence in enumerate(carried)
    )
