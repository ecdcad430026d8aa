"""Decoders of every kind with drawn weights, small enough to follow."""

import numpy as np
from numpy.typing import NDArray

from caption_service import decoder
from caption_service.decoder import Decoder
from caption_service.vocabulary import END
from tests.unit.caption_service.model_parts.naive_decoders import SMALL

Float32 = NDArray[np.float32]
WORDS = 11
PLACES = 4


def drawn_arguments(kind: str) -> dict[str, bool | int | float | str]:
    return {"decoder": kind, "vocabulary_size": WORDS, **SMALL[kind]}


def drawn_arrays(kind: str, seed: int = 0, spread: float = 0.8) -> dict[str, Float32]:
    """Normally distributed numbers; `spread` makes the words' probabilities differ."""
    random = np.random.default_rng(seed)
    shapes = decoder.array_shapes(drawn_arguments(kind))
    arrays = {name: (random.normal(size=shape) * spread).astype(np.float32) for name, shape in shapes.items()}
    arrays["output.bias"][END] += 2  # sentences of all lengths
    return arrays


def drawn_decoder(kind: str, seed: int = 0) -> Decoder:
    return decoder.load(drawn_arrays(kind, seed), drawn_arguments(kind))


def drawn_features(kind: str, pictures: int, seed: int = 1) -> Float32:
    """(pictures, feature_dim), or (pictures, PLACES, feature_dim) for the decoders that take a map."""
    random = np.random.default_rng(seed)
    width = int(SMALL[kind]["feature_dim"])
    shape = (pictures, PLACES, width) if decoder.takes_map(drawn_arguments(kind)) else (pictures, width)
    return random.normal(size=shape).astype(np.float32)
