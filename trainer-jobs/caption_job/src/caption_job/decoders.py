"""The decoders as Keras networks for training, and their weights under the names that serving reads.

Each network takes (features, tokens): features (B, feature_dim) float32, or maps (B, positions, feature_dim);
tokens (B, T) int32 from `<start>` on, padded on the right. It returns logits (B, T, V): one whole caption a
step (teacher forcing). Layers carry the names of the arrays in caption_service.decoder_*, where the equations
stand.
"""

from collections.abc import Callable, Mapping
from typing import Any

import keras
import numpy as np
from keras import layers
from numpy.typing import NDArray

from caption_job.attention_layers import AttentiveReader, CausalAttention, CrossAttention, Positions
from caption_service.decoder_arrays import LAYER_NORM_EPSILON

Arguments = Mapping[str, bool | int | float | str]
Tensor = Any  # keras.KerasTensor, which has no types of its own


def build(arguments: Arguments, dropout: float) -> keras.Model:
    """ValueError on an unknown decoder. `arguments` are those of the manifest's model."""
    kind = str(arguments["decoder"])
    if kind not in _KINDS:
        raise ValueError(f"decoder is one of {', '.join(_KINDS)}, not {kind!r}")
    looks_at_places = kind == "attention" or arguments.get("features") == "map"
    shape = (None, arguments["feature_dim"]) if looks_at_places else (arguments["feature_dim"],)
    features = keras.Input(shape, name="features", dtype="float32")
    tokens = keras.Input((None,), name="tokens", dtype="int32")
    told = _KINDS[kind](features, tokens, arguments, dropout)
    logits = layers.Dense(int(arguments["vocabulary_size"]), name="output")(told)
    return keras.Model([features, tokens], logits, name=kind.replace("-", "_"))


def export(network: keras.Model) -> dict[str, NDArray[np.float32]]:
    """The trained arrays, as `caption_service.decoder.load` takes them."""
    arrays: dict[str, NDArray[np.float32]] = {}
    for layer in network.layers:
        for name, variable in _named(layer):
            arrays[name] = np.array(keras.ops.convert_to_numpy(variable), np.float32)
    return arrays


def restore(network: keras.Model, arrays: Mapping[str, NDArray[np.float32]]) -> None:
    """Give the network what `export` took from one; KeyError for an array that is missing."""
    for layer in network.layers:
        for name, variable in _named(layer):
            variable.assign(arrays[name])


def _named(layer: keras.Layer) -> list[tuple[str, Any]]:  # noqa: PLR0911  one return a kind of layer
    """The variables of a layer by their served names."""
    name = layer.name.replace("__", ".")  # layer names may hold no dots
    if isinstance(layer, AttentiveReader | CausalAttention | CrossAttention):
        return [pair for inner in layer.inner_layers() for pair in _named(inner)]
    if isinstance(layer, layers.LSTM | layers.LSTMCell):
        cell = layer.cell if isinstance(layer, layers.LSTM) else layer
        return [
            ("lstm.kernel", cell.kernel),
            ("lstm.recurrent", cell.recurrent_kernel),
            ("lstm.bias", cell.bias),
        ]
    if isinstance(layer, layers.Embedding):
        return [(name, layer.embeddings)]
    if isinstance(layer, Positions):
        return [(name, layer.table)]
    if isinstance(layer, layers.LayerNormalization):
        return [(f"{name}.scale", layer.gamma), (f"{name}.offset", layer.beta)]
    if isinstance(layer, layers.Dense):
        return [(f"{name}.kernel", layer.kernel), (f"{name}.bias", layer.bias)]
    return []


def _words(tokens: Tensor, arguments: Arguments, dropout: float) -> Tensor:
    embedding = layers.Embedding(
        int(arguments["vocabulary_size"]), int(arguments["embedding_dim"]), name="embedding"
    )
    return layers.Dropout(dropout)(embedding(tokens))


def _merge(features: Tensor, tokens: Tensor, arguments: Arguments, dropout: float) -> Tensor:
    units = int(arguments["units"])
    image = layers.Dense(units, activation="relu", name="image")(layers.Dropout(dropout)(features))
    read = layers.LSTM(units, return_sequences=True, name="lstm")(_words(tokens, arguments, dropout))
    joined = layers.Add()([read, keras.ops.expand_dims(image, 1)])
    return layers.Dense(units, activation="relu", name="hidden")(joined)


def _init_inject(features: Tensor, tokens: Tensor, arguments: Arguments, dropout: float) -> Tensor:
    units = int(arguments["units"])
    seen = layers.Dropout(dropout)(features)
    first = [
        layers.Dense(units, activation="tanh", name=name)(seen) for name in ("first_hidden", "first_cell")
    ]
    lstm = layers.LSTM(units, return_sequences=True, name="lstm")
    return layers.Dropout(dropout)(lstm(_words(tokens, arguments, dropout), initial_state=first))


def _attention(features: Tensor, tokens: Tensor, arguments: Arguments, dropout: float) -> Tensor:
    reader = AttentiveReader(int(arguments["units"]), int(arguments["embedding_dim"]), name="reader")
    told = reader([layers.Dropout(dropout)(features), _words(tokens, arguments, dropout)])
    return layers.Dropout(dropout)(told)


def _transformer(features: Tensor, tokens: Tensor, arguments: Arguments, dropout: float) -> Tensor:
    units, heads = int(arguments["units"]), int(arguments["heads"])
    rows = features if len(features.shape) == 3 else keras.ops.expand_dims(features, 1)
    memory = layers.Dense(units, name="memory")(layers.Dropout(dropout)(rows))
    memory = _norm("memory_norm")(memory)
    x = Positions(int(arguments["max_length"]), name="positions")(_words(tokens, arguments, 0.0))
    x = layers.Dropout(dropout)(x)
    for number in range(int(arguments["layers"])):
        layer = f"layers__{number}__"
        attended = CausalAttention(units, heads, name=f"{layer}self")(_norm(f"{layer}self_norm")(x))
        x = layers.Add()([x, layers.Dropout(dropout)(attended)])
        attended = CrossAttention(units, heads, name=f"{layer}cross")(
            [_norm(f"{layer}cross_norm")(x), memory]
        )
        x = layers.Add()([x, layers.Dropout(dropout)(attended)])
        inner = layers.Dense(int(arguments["feedforward"]), activation="relu", name=f"{layer}feed_inner")(
            _norm(f"{layer}feed_norm")(x)
        )
        outer = layers.Dense(units, name=f"{layer}feed_outer")(inner)
        x = layers.Add()([x, layers.Dropout(dropout)(outer)])
    return _norm("norm")(x)


def _norm(name: str) -> keras.Layer:
    return layers.LayerNormalization(epsilon=float(LAYER_NORM_EPSILON), name=name)


_KINDS: dict[str, Callable[[Tensor, Tensor, Arguments, float], Tensor]] = {
    "merge": _merge,
    "init-inject": _init_inject,
    "attention": _attention,
    "transformer": _transformer,
}
