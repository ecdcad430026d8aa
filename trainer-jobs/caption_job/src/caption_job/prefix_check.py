"""The carried state held against the trained Keras network, which reads the whole prefix for every word."""

import keras
import numpy as np
from numpy.typing import NDArray

from caption_service import beam
from caption_service.decoder import Decoder
from caption_service.vocabulary import END, PAD, START, UNKNOWN

# float32 sums in another order differ by about 1e-5: of logits nearer than this either word is right.
TIE = 1e-4
_AT_ONCE = 50  # pictures: the logits of so many padded prefixes are 50 MB at Flickr8k's 7,591 words


def disagreements(
    decoder: Decoder, network: keras.Model, features: NDArray[np.float32], max_length: int
) -> int:
    """How many pictures' greedy sentences have a word, or an end, that `network` would not have chosen.

    `network` is that of `decoders.build` with the decoder's arrays. For every word it is given all words
    before it, padded, and nothing else; so where every choice agrees, the sentences do, token for token.
    """
    found = 0
    for start in range(0, len(features), _AT_ONCE):
        part = features[start : start + _AT_ONCE]
        carried = [sentence.tokens for sentence in beam.greedy(decoder, part, max_length)]
        found += int((~_chosen_by(network, part, carried, max_length)).sum())
    return found


def _chosen_by(
    network: keras.Model,
    features: NDArray[np.float32],
    sentences: list[tuple[int, ...]],
    max_length: int,
) -> NDArray[np.bool_]:
    """(B,): whether each token of each sentence is the network's own choice after those before it."""
    agreed = np.ones(len(sentences), bool)
    rows = np.arange(len(sentences))
    # One shape for every length, so that the network is traced once.
    prefix = np.full((len(sentences), max_length), PAD, np.int32)
    prefix[:, 0] = START
    for place in range(min(max_length, max(map(len, sentences), default=0) + 1)):
        tokens = np.array([(*words, END)[min(place, len(words))] for words in sentences])
        logits = np.array(network.predict_on_batch([features, prefix]), np.float64)[:, place]
        logits[:, [PAD, START, UNKNOWN]] = -np.inf
        asked = np.array([place <= len(words) for words in sentences])
        agreed &= ~asked | (logits[rows, tokens] >= logits.max(axis=1) - TIE)
        if place + 1 < max_length:
            prefix[:, place + 1] = np.where(asked & (tokens != END), tokens, PAD)
    return agreed
