"""The init-inject decoder (Tanti et al. 2018): the picture is the LSTM's first state.

    first_hidden.kernel   (feature_dim, units)   first_hidden.bias   (units,)   tanh
    first_cell.kernel     (feature_dim, units)   first_cell.bias     (units,)   tanh
    embedding             (V, embedding_dim)
    lstm.*                as in `decoder_lstm`, inputs = embedding_dim
    output.kernel         (units, V)             output.bias         (V,)

    h = tanh(first_hidden f)   c = tanh(first_cell f)   h, c = lstm(embedding[w], h, c)
    log p = log_softmax(output h)

Arguments: feature_dim, units, embedding_dim, vocabulary_size.
"""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from caption_service.decoder_arrays import Arguments, Shapes, dense, dense_shapes, log_softmax, whole
from caption_service.decoder_lstm import lstm_shapes, lstm_step
from caption_service.decoder_state import Float32, State


class InitInjectDecoder:
    """State: h, c, each (B, units)."""

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
        words, features = whole(arguments, "vocabulary_size"), whole(arguments, "feature_dim")
        return {
            **dense_shapes("first_hidden", features, units),
            **dense_shapes("first_cell", features, units),
            "embedding": (words, embedding),
            **lstm_shapes(embedding, units),
            **dense_shapes("output", units, words),
        }

    def begin(self, features: Float32) -> State:
        """The state before the first word; features (B, feature_dim)."""
        first = (np.tanh(dense(features, self._arrays, name)) for name in ("first_hidden", "first_cell"))
        return State(tuple(first))

    def step(self, state: State, tokens: NDArray[np.intp]) -> tuple[Float32, State]:
        """Log-probabilities (B, V) of the word after `tokens` (B,), and the state then."""
        hidden, cell = state.arrays
        gates = self._word_gates[tokens] + hidden @ self._arrays["lstm.recurrent"]
        hidden, cell = lstm_step(gates, cell)
        return log_softmax(dense(hidden, self._arrays, "output")), State((hidden, cell))
