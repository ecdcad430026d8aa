"""The carried state against Keras over the whole prefix: the starter's decoder, and decoders it catches."""

import keras
import numpy as np
import pytest
from safetensors.numpy import load_file

from caption_job import prefix_check, trained
from caption_service import beam
from caption_service.artifact_files import DECODER
from caption_service.decoder import Decoder, load
from caption_service.decoder_state import Float32, State
from caption_service.loading import STARTER
from caption_service.vocabulary import END
from diversity_contracts.manifest import verify

PICTURES = 200


class Starter:
    """The starter's decoder as it serves, and as it was trained."""

    def __init__(self) -> None:
        self.arguments = verify(STARTER, "caption").model
        arrays = {name: array.astype(np.float32) for name, array in load_file(STARTER / DECODER).items()}
        self.decoder: Decoder = load(arrays, self.arguments)
        self.network: keras.Model = trained.network(arrays, self.arguments)
        self.max_length = int(self.arguments["max_length"])

    def disagreements(self, decoder: Decoder, features: Float32) -> int:
        return prefix_check.disagreements(decoder, self.network, features, self.max_length)


@pytest.fixture(scope="module")
def starter() -> Starter:
    return Starter()


@pytest.fixture(scope="module")
def features(starter: Starter) -> Float32:
    """As the encoder's are: means of a rectified map, most of them small, some 0."""
    random = np.random.default_rng(21)
    drawn = random.exponential(0.5, (PICTURES, int(starter.arguments["feature_dim"])))
    return np.where(random.random(drawn.shape) < 0.5, 0, drawn).astype(np.float32)


class _Around:
    """A decoder that serves by way of the starter's."""

    def __init__(self, decoder: Decoder) -> None:
        self._decoder = decoder

    def begin(self, features: Float32) -> State:
        return self._decoder.begin(features)


class Forgetful(_Around):
    """Never carries a state on: each word is said of the word before it alone."""

    def step(self, state: State, tokens: np.ndarray) -> tuple[Float32, State]:
        return self._decoder.step(state, tokens)[0], state


class Crowded(_Around):
    """Its words depend on how many sentences go on beside: what a mistake in picking rows would look like."""

    def step(self, state: State, tokens: np.ndarray) -> tuple[Float32, State]:
        found, state = self._decoder.step(state, tokens)
        waves = np.sin(np.arange(found.shape[1]))
        return (found + len(tokens) / 20 * waves).astype(np.float32), state


class EndsEarly(_Around):
    """Says the end after three words, whatever comes."""

    def begin(self, features: Float32) -> State:
        self._said = 0
        return self._decoder.begin(features)

    def step(self, state: State, tokens: np.ndarray) -> tuple[Float32, State]:
        found, state = self._decoder.step(state, tokens)
        self._said += 1
        found = found.copy()
        if self._said > 3:
            found[:, END] += 100
        return found, state


def test_the_starter_says_what_keras_says_of_the_whole_prefix(starter: Starter, features: Float32) -> None:
    sentences = {s.tokens for s in beam.greedy(starter.decoder, features, starter.max_length)}
    assert len(sentences) > 20
    assert len({len(tokens) for tokens in sentences}) > 3
    assert starter.disagreements(starter.decoder, features) == 0


@pytest.mark.parametrize("kind", [Forgetful, Crowded, EndsEarly])
def test_a_decoder_that_says_something_else_is_found(
    starter: Starter, features: Float32, kind: type[Forgetful | Crowded | EndsEarly]
) -> None:
    few = features[:50]
    assert starter.disagreements(kind(starter.decoder), few) > 0.9 * len(few)
