"""Word vectors made elsewhere, as a decoder's first embedding."""

from collections.abc import Iterable
from pathlib import Path

import keras
import numpy as np
from numpy.typing import NDArray

from caption_service.vocabulary import Vocabulary

SPREAD = 0.05  # standard deviation given to the vectors: that of a fresh embedding, whatever the file's


def fill(network: keras.Model, path: Path, words: Vocabulary, seed: int) -> float:
    """Starts `network`'s layer `embedding` from a text file, `word number number ...` a line (GloVe's form).

    Returns the share of words that were found. ValueError where a vector has another length than the layer.
    """
    table = network.get_layer("embedding").embeddings
    with path.open(encoding="utf-8") as lines:
        values, share = look_up(lines, words, int(table.shape[1]), seed)
    table.assign(values)
    return share


def look_up(
    lines: Iterable[str], words: Vocabulary, width: int, seed: int
) -> tuple[NDArray[np.float32], float]:
    """(V, width) float32, centred and scaled to SPREAD, random where a word is missing; the share found."""
    values = np.random.default_rng(seed).normal(0, SPREAD, (words.size, width)).astype(np.float32)
    places = {word: place for place, word in enumerate(words.words)}
    found: dict[int, NDArray[np.float32]] = {}
    for line in lines:
        word, _, numbers = line.partition(" ")
        if word in places:
            vector = np.array(numbers.split(), np.float32)
            if vector.shape != (width,):
                raise ValueError(f"the vector of {word!r} has {len(vector)} numbers, the embedding {width}")
            found[places[word]] = vector
    if found:
        rows = np.array(list(found))
        vectors = np.stack(list(found.values()))
        vectors -= vectors.mean(axis=0)
        values[rows] = vectors * np.float32(SPREAD / max(float(vectors.std()), 1e-12))
    return values, len(found) / words.size
