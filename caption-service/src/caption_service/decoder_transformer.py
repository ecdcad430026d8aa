"""A small pre-norm transformer decoder (Vaswani et al. 2017; norm first as in Xiong et al. 2020).

    memory.kernel   (feature_dim, units)       memory.bias   (units,)
    memory_norm.scale, memory_norm.offset      (units,)
    embedding       (V, units)                 positions     (max_length, units)
    layers.<n>.<part>_norm.scale, .offset      (units,)                     part = self, cross, feed
    layers.<n>.<part>_<role>.kernel            (units, units), .bias (units,)
                                               part = self, cross; role = query, key, value, output
    layers.<n>.feed_inner.kernel               (units, feedforward), .bias  relu
    layers.<n>.feed_outer.kernel               (feedforward, units), .bias
    norm.scale, norm.offset                    (units,)
    output.kernel   (units, V)                 output.bias   (V,)

    m = memory_norm(memory f), one row or one a position of the map      x = embedding[w] + positions[t]
    x += self-attention(self_norm x)      x += attention(cross_norm x, m)
    x += feed_outer relu(feed_inner feed_norm x)
    log p = log_softmax(output norm(x))

Attention has `heads` heads of units ÷ heads numbers side by side, products scaled by 1 ÷ √(units ÷ heads),
and sees its own word and those before. Layer norms add 1e-5 to the variance. Arguments: feature_dim, units
(equal to embedding_dim), vocabulary_size, max_length, layers, heads, feedforward; features "pooled" (the
default) or "map".
"""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from caption_service.decoder_arrays import (
    Arguments,
    Shapes,
    dense,
    dense_shapes,
    layer_norm,
    layer_norm_shapes,
    log_softmax,
    relu,
    softmax,
    whole,
)
from caption_service.decoder_state import Float32, State
from diversity_contracts.manifest import BadArtifact


class TransformerDecoder:
    """State: four arrays a layer, (B, heads, length, units ÷ heads): keys, values of words, of memory."""

    def __init__(self, arrays: Mapping[str, Float32], arguments: Arguments) -> None:
        """`arrays` as `shapes` names them, checked."""
        self._arrays = arrays
        self._layers, self._heads = whole(arguments, "layers"), whole(arguments, "heads")

    @staticmethod
    def shapes(arguments: Arguments) -> Shapes:
        """Every array's shape. Raises BadArtifact for a missing argument or widths that do not agree."""
        units, words = whole(arguments, "units"), whole(arguments, "vocabulary_size")
        inner = whole(arguments, "feedforward")
        if whole(arguments, "embedding_dim") != units or units % whole(arguments, "heads"):
            raise BadArtifact(
                "A transformer's units must equal its embedding_dim and be a multiple of heads."
            )
        shapes: Shapes = {
            **dense_shapes("memory", whole(arguments, "feature_dim"), units),
            **layer_norm_shapes("memory_norm", units),
            "embedding": (words, units),
            "positions": (whole(arguments, "max_length"), units),
            **layer_norm_shapes("norm", units),
            **dense_shapes("output", units, words),
        }
        for layer in (f"layers.{number}" for number in range(whole(arguments, "layers"))):
            for part in ("self", "cross", "feed"):
                shapes |= layer_norm_shapes(f"{layer}.{part}_norm", units)
            for part in ("self", "cross"):
                for role in ("query", "key", "value", "output"):
                    shapes |= dense_shapes(f"{layer}.{part}_{role}", units, units)
            shapes |= dense_shapes(f"{layer}.feed_inner", units, inner)
            shapes |= dense_shapes(f"{layer}.feed_outer", inner, units)
        return shapes

    def begin(self, features: Float32) -> State:
        """The state before the first word; features (B, feature_dim) or (B, positions, feature_dim)."""
        rows = features[:, None, :] if features.ndim == 2 else features
        memory = layer_norm(dense(rows, self._arrays, "memory"), self._arrays, "memory_norm")
        arrays: list[Float32] = []
        for layer in range(self._layers):
            keys = self._split(dense(memory, self._arrays, f"layers.{layer}.cross_key"))
            values = self._split(dense(memory, self._arrays, f"layers.{layer}.cross_value"))
            none = np.empty((len(rows), self._heads, 0, keys.shape[3]), np.float32)
            arrays += [none, none, keys, values]
        return State(tuple(arrays))

    def step(self, state: State, tokens: NDArray[np.intp]) -> tuple[Float32, State]:
        """Log-probabilities (B, V) of the word after `tokens` (B,), and the state then.

        Raises IndexError after `max_length` words.
        """
        position = state.arrays[0].shape[2]
        x: Float32 = (self._arrays["embedding"][tokens] + self._arrays["positions"][position])[:, None, :]
        arrays: list[Float32] = []
        for number in range(self._layers):
            layer = f"layers.{number}"
            keys, values, memory_keys, memory_values = state.arrays[4 * number : 4 * number + 4]
            normed = layer_norm(x, self._arrays, f"{layer}.self_norm")
            new_key = self._split(dense(normed, self._arrays, f"{layer}.self_key"))
            new_value = self._split(dense(normed, self._arrays, f"{layer}.self_value"))
            keys = np.concatenate([keys, new_key], axis=2)
            values = np.concatenate([values, new_value], axis=2)
            x = x + self._attend(normed, keys, values, f"{layer}.self")
            normed = layer_norm(x, self._arrays, f"{layer}.cross_norm")
            x = x + self._attend(normed, memory_keys, memory_values, f"{layer}.cross")
            normed = layer_norm(x, self._arrays, f"{layer}.feed_norm")
            inner = relu(dense(normed, self._arrays, f"{layer}.feed_inner"))
            x = x + dense(inner, self._arrays, f"{layer}.feed_outer")
            arrays += [keys, values, memory_keys, memory_values]
        last = layer_norm(x[:, 0, :], self._arrays, "norm")
        return log_softmax(dense(last, self._arrays, "output")), State(tuple(arrays))

    def _split(self, rows: Float32) -> Float32:
        """(B, length, units) to (B, heads, length, units ÷ heads)."""
        batch, length, units = rows.shape
        return rows.reshape(batch, length, self._heads, units // self._heads).transpose(0, 2, 1, 3)

    def _attend(self, normed: Float32, keys: Float32, values: Float32, part: str) -> Float32:
        """What (B, 1, units) finds among keys and values (B, heads, length, units ÷ heads)."""
        queries = self._split(dense(normed, self._arrays, f"{part}_query"))
        scale = np.float32(1 / np.sqrt(queries.shape[3]))
        found = softmax(queries @ keys.transpose(0, 1, 3, 2) * scale) @ values
        joined = found.transpose(0, 2, 1, 3).reshape(normed.shape)
        return dense(joined, self._arrays, f"{part}_output")
