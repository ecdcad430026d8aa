"""Keras layers that look at several places: attention over a map of features, attention over words."""

from typing import Any

import keras
from keras import layers, ops

Tensor = Any  # of whichever backend runs; Keras has no types for it


class Positions(layers.Layer):  # type: ignore[misc]  # Keras has no types
    """Adds a learned row to each word by its place: (B, T, units) to the same, T at most `max_length`."""

    def __init__(self, max_length: int, **options: Any) -> None:
        super().__init__(**options)
        self._max_length = max_length

    def build(self, shape: tuple[int | None, ...]) -> None:
        self.table = self.add_weight((self._max_length, shape[-1]), initializer="uniform", name="table")

    def call(self, words: Tensor) -> Tensor:
        return words + self.table[: ops.shape(words)[1]]


class _Attention(layers.Layer):  # type: ignore[misc]  # Keras is untyped
    """Multi-head attention by four dense layers, as caption_service.decoder_transformer names them."""

    def __init__(self, units: int, heads: int, **options: Any) -> None:
        super().__init__(**options)
        self._units, self._heads = units, heads
        self._roles = {
            role: layers.Dense(units, name=f"{self.name}_{role}")
            for role in ("query", "key", "value", "output")
        }

    def build(self, shape: Any) -> None:
        own = shape[0] if isinstance(shape, list) else shape
        for dense in self._roles.values():
            dense.build((*own[:-1], self._units))

    def inner_layers(self) -> list[keras.Layer]:
        return list(self._roles.values())

    def attend(self, queries: Tensor, rows: Tensor, mask: Tensor | None) -> Tensor:
        """(B, T, units) looking at (B, S, units); where `mask` (T, S) is false nothing is seen."""
        query, key, value = (
            self._split(self._roles[role](x))
            for role, x in (("query", queries), ("key", rows), ("value", rows))
        )
        energies = ops.matmul(query, ops.transpose(key, (0, 1, 3, 2)))
        energies = energies / float(self._units // self._heads) ** 0.5
        if mask is not None:
            energies = ops.where(mask, energies, -1e9)
        # Written out: Keras warns of its own softmax where the memory is a single row.
        grown = ops.exp(energies - ops.max(energies, axis=-1, keepdims=True))
        share = grown / ops.sum(grown, axis=-1, keepdims=True)
        found = ops.transpose(ops.matmul(share, value), (0, 2, 1, 3))
        joined = ops.reshape(found, (-1, ops.shape(queries)[1], self._units))
        return self._roles["output"](joined)

    def _split(self, x: Tensor) -> Tensor:
        """(B, T, units) to (B, heads, T, units ÷ heads)."""
        parts = ops.reshape(x, (-1, ops.shape(x)[1], self._heads, self._units // self._heads))
        return ops.transpose(parts, (0, 2, 1, 3))


class CausalAttention(_Attention):
    """Each word looks at itself and those before it."""

    def call(self, words: Tensor) -> Tensor:
        places = ops.arange(ops.shape(words)[1])
        return self.attend(words, words, places[:, None] >= places[None, :])


class CrossAttention(_Attention):
    """Each word looks at the memory: [words (B, T, units), memory (B, S, units)]."""

    def call(self, both: list[Tensor]) -> Tensor:
        words, memory = both
        return self.attend(words, memory, None)

    def compute_output_shape(self, shapes: list[tuple[int | None, ...]]) -> tuple[int | None, ...]:
        return shapes[0]


class AttentiveReader(layers.Layer):  # type: ignore[misc]  # Keras is untyped
    """An LSTM that looks at the map before each word, by the equations of caption_service.decoder_attention:
    [maps (B, positions, depth), words (B, T, embedding_dim)] to (B, T, units)."""

    def __init__(self, units: int, embedding_dim: int, **options: Any) -> None:
        super().__init__(**options)
        self._units, self._embedding_dim = units, embedding_dim
        dense = {
            "map": layers.Dense(units, activation="relu", name="map"),
            "first_hidden": layers.Dense(units, activation="tanh", name="first_hidden"),
            "first_cell": layers.Dense(units, activation="tanh", name="first_cell"),
            "key": layers.Dense(units, name="key"),
            "query": layers.Dense(units, name="query"),
            "energy": layers.Dense(1, name="energy"),
            "gate": layers.Dense(1, activation="sigmoid", name="gate"),
            "hidden": layers.Dense(units, activation="relu", name="hidden"),
        }
        self._dense = dense
        self._cell = layers.LSTMCell(units, name="lstm")

    def inner_layers(self) -> list[keras.Layer]:
        return [*self._dense.values(), self._cell]

    def build(self, shapes: list[tuple[int | None, ...]]) -> None:
        units, depth = self._units, shapes[0][-1]
        widths = {"map": depth, "hidden": 2 * units + self._embedding_dim}
        for name, dense in self._dense.items():
            dense.build((None, widths.get(name, units)))
        self._cell.build((None, self._embedding_dim + units))

    def compute_output_shape(self, shapes: list[tuple[int | None, ...]]) -> tuple[int | None, ...]:
        return (*shapes[1][:-1], self._units)

    def call(self, both: list[Tensor], training: bool = False) -> Tensor:
        maps, words = both
        places = self._dense["map"](maps)
        keys = self._dense["key"](places)
        middle = ops.mean(places, axis=1)
        state = (self._dense["first_hidden"](middle), self._dense["first_cell"](middle))

        def read(carried: tuple[Tensor, Tensor], word: Tensor) -> tuple[tuple[Tensor, Tensor], Any]:
            hidden, cell = carried
            match = ops.tanh(keys + ops.expand_dims(self._dense["query"](hidden), 1))
            share = ops.softmax(self._dense["energy"](match), axis=1)
            context = self._dense["gate"](hidden) * ops.sum(share * places, axis=1)
            _, (hidden, cell) = self._cell(ops.concatenate([word, context], axis=-1), [hidden, cell])
            return (hidden, cell), (hidden, context)

        _, (hiddens, contexts) = ops.scan(read, state, ops.transpose(words, (1, 0, 2)))
        told = [ops.transpose(row, (1, 0, 2)) for row in (hiddens, contexts)]
        return self._dense["hidden"](ops.concatenate([*told, words], axis=-1))
