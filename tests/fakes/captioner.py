"""A captioner whose sentences can be worked out by hand: the strongest colour's name, in a space of words."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from caption_service.captioning import Captioning, Writer
from caption_service.decoder_state import State
from caption_service.precision import Precision
from caption_service.vocabulary import END, SPECIAL, START, Vocabulary
from diversity_contracts.pictures import Decode, decode
from diversity_contracts.reductions import Reduction

COLOURS = ("red", "green", "blue")
VOCABULARY = Vocabulary((*SPECIAL, *COLOURS))


class MeanColour:
    """A picture's features are its mean red, green and blue, 0..255."""

    runtime = "mean"
    precision: Precision = "float32"
    reduction: Reduction | None = None

    def __init__(self) -> None:
        self.encoded = 0
        self.batches = 0

    def prepare(self, picture: Image.Image) -> NDArray[np.float32]:
        mean: NDArray[np.float32] = np.asarray(picture, dtype=np.float64).mean(axis=(0, 1)).astype(np.float32)
        return mean

    def encode(self, inputs: Sequence[NDArray[np.float32]]) -> NDArray[np.float32]:
        self.encoded += len(inputs)
        self.batches += 1
        return np.stack(inputs)


class ColourDecoder:
    """Names a colour with the probability colour ÷ sum (black: each alike), then ends for certain."""

    def begin(self, features: NDArray[np.float32]) -> State:
        return State((features,))

    def step(self, state: State, tokens: NDArray[np.intp]) -> tuple[NDArray[np.float32], State]:
        (features,) = state.arrays
        probabilities = np.zeros((len(tokens), VOCABULARY.size))
        for row, token in enumerate(tokens):
            if token == START:
                colour = features[row] if features[row].any() else np.ones_like(features[row])
                probabilities[row, len(SPECIAL) :] = colour / colour.sum()
            else:
                probabilities[row, END] = 1.0
        with np.errstate(divide="ignore"):
            logarithms: NDArray[np.float32] = np.log(probabilities).astype(np.float32)
        return logarithms, state


class WordSpace:
    """One coordinate a word, all of one weight: the similarity is shared words ÷ √(words · words)."""

    WORDS = ("red", "green", "blue", "bus", "dog", "street", "the")
    dimension = len(WORDS)

    def vectors(self, sentences: Sequence[str]) -> NDArray[np.float32]:
        rows = np.array([[word in sentence.split() for word in self.WORDS] for sentence in sentences], float)
        rows = rows.reshape(len(sentences), self.dimension)
        lengths = np.linalg.norm(rows, axis=1, keepdims=True)
        unit: NDArray[np.float32] = (rows / np.where(lengths > 0, lengths, 1)).astype(np.float32)
        return unit


def captioning(
    encoder: MeanColour | None = None, *, max_pixels: int = 1_000_000, decode: Decode = decode
) -> Captioning:
    """Bytes to the name of the strongest colour."""
    writer = Writer(ColourDecoder(), VOCABULARY, max_length=4)
    return Captioning(
        encoder or MeanColour(), writer, observe=lambda *_: None, max_pixels=max_pixels, decode=decode
    )
