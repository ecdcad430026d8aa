"""The soft attention decoder (Xu et al. 2015, sections 3.1 and 4.2): each word looks at the map.

    map.kernel            (feature_dim, units)   map.bias            (units,)   relu
    first_hidden.kernel   (units, units)         first_hidden.bias   (units,)   tanh
    first_cell.kernel     (units, units)         first_cell.bias     (units,)   tanh
    key.kernel            (units, units)         key.bias            (units,)
    query.kernel          (units, units)         query.bias          (units,)
    energy.kernel         (units, 1)             energy.bias         (1,)
    gate.kernel           (units, 1)             gate.bias           (1,)       sigmoid
    embedding             (V, embedding_dim)
    lstm.*                as in `decoder_lstm`, inputs = embedding_dim + units: [word, context]
    hidden.kernel         (2 · units + embedding_dim, units)         hidden.bias (units,)   relu
    output.kernel         (units, V)             output.bias         (V,)

    aᵢ = relu(map fᵢ)      h = tanh(first_hidden mean(a))      c = tanh(first_cell mean(a))
    αᵢ = softmax(energy tanh(key aᵢ + query h))                z = sigmoid(gate h) · Σ αᵢ aᵢ
    h, c = lstm([embedding[w], z], h, c)
    log p = log_softmax(output relu(hidden [h, z, embedding[w]]))

α and z are taken with the state before the word was read. Arguments: feature_dim, units, embedding_dim,
vocabulary_size.
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
    sigmoid,
    softmax,
    whole,
)
from caption_service.decoder_lstm import lstm_shapes, lstm_step
from caption_service.decoder_state import Float32, State


class AttentionDecoder:
    """State: a (B, positions, units), key a (B, positions, units), h and c (B, units)."""

    def __init__(self, arrays: Mapping[str, Float32], arguments: Arguments) -> None:
        """`arrays` as `shapes` names them, checked."""
        self._arrays = arrays
        embedding = whole(arguments, "embedding_dim")
        self._context_kernel = np.ascontiguousarray(arrays["lstm.kernel"][embedding:])
        # Words enter the gates by a look-up: their share of the product is taken once for all.
        self._word_gates: Float32 = (
            arrays["embedding"] @ arrays["lstm.kernel"][:embedding] + arrays["lstm.bias"]
        )

    @staticmethod
    def shapes(arguments: Arguments) -> Shapes:
        """Every array's shape. Raises BadArtifact for a missing argument."""
        units, embedding = whole(arguments, "units"), whole(arguments, "embedding_dim")
        words = whole(arguments, "vocabulary_size")
        inner = ("first_hidden", "first_cell", "key", "query")
        return {
            **dense_shapes("map", whole(arguments, "feature_dim"), units),
            **{key: shape for name in inner for key, shape in dense_shapes(name, units, units).items()},
            **dense_shapes("energy", units, 1),
            **dense_shapes("gate", units, 1),
            "embedding": (words, embedding),
            **lstm_shapes(embedding + units, units),
            **dense_shapes("hidden", 2 * units + embedding, units),
            **dense_shapes("output", units, words),
        }

    def begin(self, features: Float32) -> State:
        """The state before the first word; features (B, positions, feature_dim)."""
        places = relu(dense(features, self._arrays, "map"))
        middle = places.mean(axis=1)
        hidden = np.tanh(dense(middle, self._arrays, "first_hidden"))
        cell = np.tanh(dense(middle, self._arrays, "first_cell"))
        return State((places, dense(places, self._arrays, "key"), hidden, cell))

    def step(self, state: State, tokens: NDArray[np.intp]) -> tuple[Float32, State]:
        """Log-probabilities (B, V) of the word after `tokens` (B,), and the state then."""
        places, keys, hidden, cell = state.arrays
        match = np.tanh(keys + dense(hidden, self._arrays, "query")[:, None, :])
        share = softmax(dense(match, self._arrays, "energy")[:, :, 0])
        looked_at = (share[:, None, :] @ places)[:, 0, :]
        context = sigmoid(dense(hidden, self._arrays, "gate")) * looked_at
        gates = self._word_gates[tokens] + context @ self._context_kernel
        hidden, cell = lstm_step(gates + hidden @ self._arrays["lstm.recurrent"], cell)
        told = np.concatenate([hidden, context, self._arrays["embedding"][tokens]], axis=1)
        joined = relu(dense(told, self._arrays, "hidden"))
        return log_softmax(dense(joined, self._arrays, "output")), State((places, keys, hidden, cell))
