"""The decoders' equations written out for one picture, a whole prefix, in float64, without carried state."""

from collections.abc import Callable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

Float64 = NDArray[np.float64]
Arrays = Mapping[str, NDArray[np.float32]]

SMALL: dict[str, dict[str, int | str]] = {
    "merge": {"feature_dim": 7, "units": 6, "embedding_dim": 5},
    "init-inject": {"feature_dim": 7, "units": 6, "embedding_dim": 5},
    "attention": {"feature_dim": 7, "units": 6, "embedding_dim": 5},
    "transformer": {
        "feature_dim": 7, "units": 6, "embedding_dim": 6, "layers": 2, "heads": 3, "feedforward": 8,
        "max_length": 12, "features": "map",
    },
}  # fmt: skip


def linear(x: Float64, arrays: Arrays, name: str) -> Float64:
    return x @ arrays[f"{name}.kernel"].astype(np.float64) + arrays[f"{name}.bias"]


def logistic(x: Float64) -> Float64:
    return 1 / (1 + np.exp(-x))


def lstm(x: Float64, hidden: Float64, cell: Float64, arrays: Arrays) -> tuple[Float64, Float64]:
    gates = (
        x @ arrays["lstm.kernel"].astype(np.float64)
        + hidden @ arrays["lstm.recurrent"].astype(np.float64)
        + arrays["lstm.bias"]
    )
    entering, kept, candidate, leaving = np.split(gates, 4)
    cell = logistic(kept) * cell + logistic(entering) * np.tanh(candidate)
    return logistic(leaving) * np.tanh(cell), cell


def normalised(x: Float64, arrays: Arrays, name: str) -> Float64:
    scaled: Float64 = (x - np.mean(x)) / np.sqrt(np.var(x) + 1e-5) * arrays[f"{name}.scale"]
    return scaled + arrays[f"{name}.offset"]


def log_probabilities(logits: Float64) -> Float64:
    found: Float64 = logits - np.log(np.sum(np.exp(logits)))
    return found


def merge(arrays: Arrays, features: Float64, prefix: Sequence[int]) -> Float64:
    image = np.maximum(linear(features, arrays, "image"), 0)
    hidden, cell = np.zeros_like(image), np.zeros_like(image)
    for token in prefix:
        hidden, cell = lstm(arrays["embedding"][token].astype(np.float64), hidden, cell, arrays)
    joined = np.maximum(linear(image + hidden, arrays, "hidden"), 0)
    return log_probabilities(linear(joined, arrays, "output"))


def init_inject(arrays: Arrays, features: Float64, prefix: Sequence[int]) -> Float64:
    hidden = np.tanh(linear(features, arrays, "first_hidden"))
    cell = np.tanh(linear(features, arrays, "first_cell"))
    for token in prefix:
        hidden, cell = lstm(arrays["embedding"][token].astype(np.float64), hidden, cell, arrays)
    return log_probabilities(linear(hidden, arrays, "output"))


def attention(arrays: Arrays, features: Float64, prefix: Sequence[int]) -> Float64:
    places = [np.maximum(linear(place, arrays, "map"), 0) for place in features]
    middle = np.mean(places, axis=0)
    hidden, cell = (np.tanh(linear(middle, arrays, f"first_{part}")) for part in ("hidden", "cell"))
    context, word = middle, middle
    for token in prefix:
        query = linear(hidden, arrays, "query")
        energies = [
            linear(np.tanh(linear(place, arrays, "key") + query), arrays, "energy") for place in places
        ]
        shares = np.exp(energies) / np.sum(np.exp(energies))
        looked_at = sum(share * place for share, place in zip(shares, places, strict=True))
        context = logistic(linear(hidden, arrays, "gate")) * looked_at
        word = arrays["embedding"][token].astype(np.float64)
        hidden, cell = lstm(np.concatenate([word, context]), hidden, cell, arrays)
    joined = np.maximum(linear(np.concatenate([hidden, context, word]), arrays, "hidden"), 0)
    return log_probabilities(linear(joined, arrays, "output"))


def transformer(arrays: Arrays, features: Float64, prefix: Sequence[int]) -> Float64:
    """Every position sees itself and those before; only the last one's answer is asked for."""
    rows = features if features.ndim == 2 else features[None]
    memory = [normalised(linear(row, arrays, "memory"), arrays, "memory_norm") for row in rows]
    stream = [
        arrays["embedding"][token].astype(np.float64) + arrays["positions"][t]
        for t, token in enumerate(prefix)
    ]
    for number in range(2):
        layer = f"layers.{number}"
        normed = [normalised(x, arrays, f"{layer}.self_norm") for x in stream]
        stream = [
            x + attended(normed[t], normed[: t + 1], arrays, f"{layer}.self") for t, x in enumerate(stream)
        ]
        stream = [
            x + attended(normalised(x, arrays, f"{layer}.cross_norm"), memory, arrays, f"{layer}.cross")
            for x in stream
        ]
        inner = [
            np.maximum(linear(normalised(x, arrays, f"{layer}.feed_norm"), arrays, f"{layer}.feed_inner"), 0)
            for x in stream
        ]
        stream = [x + linear(y, arrays, f"{layer}.feed_outer") for x, y in zip(stream, inner, strict=True)]
    return log_probabilities(linear(normalised(stream[-1], arrays, "norm"), arrays, "output"))


def attended(x: Float64, seen: Sequence[Float64], arrays: Arrays, part: str) -> Float64:
    query = linear(x, arrays, f"{part}_query")
    keys = [linear(row, arrays, f"{part}_key") for row in seen]
    values = [linear(row, arrays, f"{part}_value") for row in seen]
    found = []
    for head in range(3):
        own = slice(head * 2, head * 2 + 2)
        weights = np.exp([query[own] @ key[own] / np.sqrt(2) for key in keys])
        found.append(sum(w * value[own] for w, value in zip(weights / weights.sum(), values, strict=True)))
    return linear(np.concatenate(found), arrays, f"{part}_output")


NAIVE: dict[str, Callable[[Arrays, Float64, Sequence[int]], Float64]] = {
    "merge": merge,
    "init-inject": init_inject,
    "attention": attention,
    "transformer": transformer,
}
