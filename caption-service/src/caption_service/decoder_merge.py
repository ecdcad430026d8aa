"""The merge decoder of the report (Tanti et al. 2018): the picture joins after the words were read.

    image.kernel    (feature_dim, units)       image.bias    (units,)     relu
    embedding       (V, embedding_dim)
    lstm.*          as in `decoder_lstm`, inputs = embedding_dim
    hidden.kernel   (units, units)             hidden.bias   (units,)     relu
    output.kernel   (units, V)                 output.bias   (V,)

    v = relu(image f)      h, c = lstm(embedding[w], h, c), both 0 at first
    log p = log_softmax(output relu(hidden (v + h)))

Arguments: feature_dim, units, embedding_dim, vocabulary_size. An affine scaling of the features belongs into
`image.*`; dropout leaves nothing behind.
"""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from caption_service.decoder_arrays import (
    Arguments,
    Shapes,
    dense,
    dense_shapes,
    log_softmax,
    relu,
    whole,
)
from caption_service.decoder_lstm import lstm_shapes, lstm_step
from caption_service.decoder_state import Float32, State


class MergeDecoder:
    """State: v, h, c, each (B, units)."""

    def __init__(self, arrays: Mapping[str, Float32], arguments: Arguments) -> None:
        """`arrays` as `shapes` names them, checked."""
        del arguments  # the shapes say everything
        self._arrays = arrays
        # Words enter the gates by a look-up: their share of the product is taken once for all.
        self._word_gates: Float32 = arrays["embedding"] @ arrays["lstm.kernel"] + arrays["lstm.bias"]

    @staticmethod
    def shapes(arguments: Arguments) -> Shapes:
        """Every array's shape. Raises BadArtifact for a missing argument."""
        units, embedding = whole(arguments, "units"), whole(arguments, "embedding_dim")
        words = whole(arguments, "vocabulary_size")
        return {
            **dense_shapes("image", whole(arguments, "feature_dim"), units),
            "embedding": (words, embedding),
            **lstm_shapes(embedding, units),
            **dense_shapes("hidden", units, units),
            **dense_shapes("output", units, words),
        }

    def begin(self, features: Float32) -> State:
        """The state before the first word; features (B, feature_dim)."""
        image = relu(dense(features, self._arrays, "image"))
        return State((image, np.zeros_like(image), np.zeros_like(image)))

    def step(self, state: State, tokens: NDArray[np.intp]) -> tuple[Float32, State]:
        """Log-probabilities (B, V) of the word after `tokens` (B,), and the state then."""
        image, hidden, cell = state.arrays
        gates = self._word_gates[tokens] + hidden @ self._arrays["lstm.recurrent"]
        hidden, cell = lstm_step(gates, cell)
        joined = relu(dense(image + hidden, self._arrays, "hidden"))
        return log_softmax(dense(joined, self._arrays, "output")), State((image, hidden, cell))
