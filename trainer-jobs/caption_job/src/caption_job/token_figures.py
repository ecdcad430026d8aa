"""Loss and token accuracy of a decoder as it serves, given the true words before each word."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from caption_job.sentences import Sentences
from caption_service.decoder import Decoder

BATCH = 250  # captions: 2.5 MB of probabilities a word at 2,500 words


def token_figures(
    decoder: Decoder, features: NDArray[np.floating[Any]], sentences: Sentences
) -> tuple[float, float]:
    """(mean −log p over the words that the vocabulary knows, share of all words guessed right)."""
    loss = known = right = 0.0
    for batch in sentences.in_order(BATCH):
        state = decoder.begin(np.asarray(features[batch.pictures], np.float32))
        for place in range(batch.inputs.shape[1]):
            log_probabilities, state = decoder.step(state, batch.inputs[:, place].astype(np.intp))
            targets, counts = batch.targets[:, place], batch.counts[:, place]
            own = log_probabilities[np.arange(len(targets)), targets]
            loss -= float((own * counts).sum())
            known += float(counts.sum())
            right += float(((log_probabilities.argmax(axis=1) == targets) * counts).sum())
    return loss / known, right / known * sentences.known_share
