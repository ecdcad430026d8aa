"""A trained decoder as a run left it: the numpy decoder that will serve, with its words."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

from caption_job import decoders, network_state
from caption_job.prepared import Prepared
from caption_service import beam
from caption_service.artifact_files import DECODER
from caption_service.decoder import Decoder, load
from caption_service.vocabulary import Vocabulary

Arguments = dict[str, bool | int | float | str]


@dataclass(frozen=True)
class Trained:
    """`arrays` are the decoder's, `arguments` those of the manifest's model, `state` is the run's: knobs,
    epochs, the encoder's story."""

    decoder: Decoder
    arrays: Mapping[str, NDArray[np.float32]]
    arguments: Arguments
    words: Vocabulary
    state: dict[str, Any]

    @property
    def max_length(self) -> int:
        return int(self.arguments["max_length"])

    def greedy(self, features: NDArray[np.float32]) -> list[str]:
        """A sentence for each row of features, the likeliest word each time."""
        found = beam.greedy(self.decoder, features, self.max_length)
        return [self.words.decode(sentence.tokens) for sentence in found]

    def beam(self, features: NDArray[np.float32], width: int, length_penalty: float) -> list[str]:
        """A sentence for each row, by a beam of that width."""
        found = (
            beam.beam(self.decoder, features[row : row + 1], width, self.max_length, length_penalty)
            for row in range(len(features))
        )
        return [self.words.decode(sentence.tokens) for sentence in found]


def network(arrays: Mapping[str, NDArray[np.float32]], arguments: Arguments) -> keras.Model:
    """The network that is trained, with the arrays of a decoder that serves, nothing dropped out."""
    built = decoders.build(arguments, dropout=0.0)
    decoders.restore(built, arrays)
    return built


def keep_best(directory: Path, network: keras.Model, state: dict[str, Any]) -> None:
    """The weights to go on from, and the decoder as it serves, with the state in its header."""
    network_state.save(directory / network_state.BEST, network, state, optimiser=False)
    network_state.write(directory / DECODER, dict(decoders.export(network)), state)


def from_run(directory: Path, data: Prepared) -> Trained:
    """ValueError where the run was trained on other data; FileNotFoundError before its first epoch's end."""
    tensors, state = network_state.read(directory / DECODER)
    if state["data"] != data.fingerprint:
        raise ValueError(f"{directory} was trained on other data")
    arrays = {name: tensor.astype(np.float32) for name, tensor in tensors.items()}
    return Trained(load(arrays, state["arguments"]), arrays, state["arguments"], data.words, state)
