"""The trained Keras decoders and the numpy ones that serve: the same probabilities, word for word."""

import keras
import numpy as np
import pytest

from caption_job import decoders
from caption_service import beam, decoder
from caption_service.vocabulary import END, PAD, START, UNKNOWN

Arguments = dict[str, bool | int | float | str]
SMALL: Arguments = {"feature_dim": 12, "units": 8, "embedding_dim": 8, "vocabulary_size": 20, "max_length": 9}
KINDS: dict[str, Arguments] = {
    "merge": {"decoder": "merge", "embedding_dim": 6},
    "init-inject": {"decoder": "init-inject", "embedding_dim": 6},
    "attention": {"decoder": "attention", "embedding_dim": 6},
    "transformer": {"decoder": "transformer", "layers": 2, "heads": 2, "feedforward": 16},
    "transformer on a map": {
        "decoder": "transformer", "layers": 1, "heads": 4, "feedforward": 16, "features": "map",
    },
}  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
def test_the_served_decoder_says_what_the_trained_one_says(kind: str) -> None:
    arguments = SMALL | KINDS[kind]
    keras.utils.set_random_seed(3)
    network = decoders.build(arguments, dropout=0.5)
    random = np.random.default_rng(4)
    for weight in network.weights:  # zeros and ones of a fresh network would hide a swapped array
        weight.assign(weight + random.normal(0, 0.3, tuple(weight.shape)).astype(np.float32))
    shape = (3, 5, 12) if decoder.takes_map(arguments) else (3, 12)
    features = random.normal(0, 1, shape).astype(np.float32)
    tokens = random.integers(4, 20, (3, 9)).astype(np.int32)
    tokens[:, 0] = START

    expected = keras.ops.convert_to_numpy(keras.ops.log_softmax(network([features, tokens], training=False)))
    served = decoder.load(decoders.export(network), arguments)
    state = served.begin(features)
    found = []
    for column in tokens.T:
        log_probabilities, state = served.step(state, column.astype(np.intp))
        found.append(log_probabilities)
    assert np.stack(found, axis=1) == pytest.approx(expected, abs=2e-5)


@pytest.mark.parametrize("kind", KINDS)
def test_tokens_are_those_of_keras_over_the_whole_prefix(kind: str) -> None:
    arguments = SMALL | KINDS[kind]
    keras.utils.set_random_seed(5)
    first, network = decoders.build(arguments, dropout=0.5), decoders.build(arguments, dropout=0.0)
    random = np.random.default_rng(11)
    for weight in first.weights:
        weight.assign(weight + random.normal(0, 0.8, tuple(weight.shape)).astype(np.float32))
    arrays = decoders.export(first)
    decoders.restore(network, arrays)
    features = random.normal(0, 3, (6, 5, 12) if decoder.takes_map(arguments) else (6, 12)).astype(np.float32)
    longest = int(SMALL["max_length"])

    prefix, ended = np.full((6, longest + 1), PAD, np.int32), np.zeros(6, bool)
    prefix[:, 0] = START
    for place in range(longest):
        logits = np.array(network.predict_on_batch([features, prefix[:, :longest]]))[:, place]
        logits[:, [PAD, START, UNKNOWN]] = -np.inf
        prefix[:, place + 1] = np.where(ended, PAD, logits.argmax(1))
        ended |= prefix[:, place + 1] == END
    expected = [tuple(t for t in row[1:].tolist() if t not in (PAD, END)) for row in prefix]
    served = decoder.load(arrays, arguments)
    together = [sentence.tokens for sentence in beam.greedy(served, features, longest)]
    alone = [beam.beam(served, features[row : row + 1], 1, longest).tokens for row in range(6)]
    assert together == alone == expected
    assert len(set(expected)) > 1


def test_an_unknown_decoder_is_refused() -> None:
    with pytest.raises(ValueError, match="decoder is one of"):
        decoders.build(SMALL | {"decoder": "copy"}, dropout=0.5)
