"""How far less precise arithmetic moves an embedding, and which convolutions bear 8 bits.

The reference is torch, eager, in float32. Convolutions are taken out of the 8 bits, the one that alone moves
the embeddings furthest first, until what is left stays within half of what may be served, on training
pictures and on odd ones; the drift itself is measured on others of both kinds, that nothing was chosen by.
Fitted to photographs alone, 8 bits kept other photographs within 0.0008 and moved a drawing by 0.05: its
numbers went past the ranges.

Why not a library: it gives back a converted network, and only numbers may cross the volume. Here they are one
for each convolution, and the graph they belong to is written in code.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np
import torch
from numpy.typing import NDArray

from diversity_contracts.manifest import BadArtifact
from drml_job import metrics, odd_pictures
from drml_job.embedding import Presentation
from drml_job.packed import Packed
from drml_service import eight_bits
from drml_service.network import EmbeddingNetwork
from drml_service.openvino_graph import features_graph, inputs_graph
from drml_service.openvino_network import OpenVinoNetwork, supported
from drml_service.precision import LARGEST_DRIFT, Precision
from drml_service.runtimes import Rebuilt
from drml_service.weights import Float32

HELD_OUT = 1_000  # validation pictures
CALIBRATING = 1_000  # training pictures; the largest input of 2,000 was 3 % above that of 1,000
ODD = 400  # beside either; at most as many as of the others
JUDGED = 200  # of those, for what one convolution alone does
_BATCH = 50
_THREADS = 1
_SEED = 0


@dataclass(frozen=True, slots=True)
class Precisions:
    """`drift` is the worst cosine distance by precision; `highest` what `eight_bits` ships."""

    drift: dict[str, float]
    highest: dict[str, float]


def measure(network: EmbeddingNetwork, data: Packed, shown: Presentation) -> Precisions:
    """Of a network on the CPU, in evaluation mode. A precision that this processor lacks is left out."""
    tensors = {n: t.numpy() for n, t in network.state_dict().items() if t.is_floating_point()}
    rebuilt = Rebuilt(network.arguments, tensors, shown.size, {}, None)
    random = np.random.default_rng(_SEED)
    train = data.rows("train")
    rows = np.sort(random.choice(train, min(CALIBRATING, len(train)), replace=False))
    held_out = np.concatenate([_inputs(data, data.rows("val")[:HELD_OUT], shown), _odd(data, 1, shown)])
    known = np.concatenate([_inputs(data, rows, shown), _odd(data, 0, shown)])
    highest = calibrated(rebuilt, network, known)
    expected = reference(network, held_out)
    drift: dict[str, float] = {}
    for precision in sorted({"float32", *supported()}):
        stated = replace(rebuilt, highest=highest if precision == "int8" else None)
        if precision != "int8" or highest:
            drift[precision] = furthest(expected, embedded(network, stated, precision, held_out))
    return Precisions(drift, highest)


def calibrated(rebuilt: Rebuilt, network: EmbeddingNetwork, pictures: Float32) -> dict[str, float]:
    """The largest input of each convolution that bears 8 bits, by name; pictures (n, 3, size, size), of one
    kind at the beginning and of the other at the end."""
    highest = highest_inputs(rebuilt, pictures)
    few = min(JUDGED, len(pictures) // 4) // 2
    judged = np.concatenate([pictures[:few], pictures[-few:]])
    expected = reference(network, judged)

    def moved(chosen: Mapping[str, float]) -> float:
        try:
            found = embedded(network, replace(rebuilt, highest=chosen), "int8", judged)
        except BadArtifact:
            return float("inf")  # not every choice of convolutions compiles to a network that answers
        return furthest(expected, found)

    alone = {name: moved({name: highest[name]}) for name in highest}
    kept = dict(sorted(highest.items(), key=lambda item: alone[item[0]]))
    while kept and moved(kept) > LARGEST_DRIFT / 2:
        kept.popitem()
    return {name: kept[name] for name in highest if name in kept}


def highest_inputs(rebuilt: Rebuilt, pictures: Float32) -> dict[str, float]:
    """What each convolution is given at most; one that is never given more than nothing is left out."""
    points = eight_bits.points()
    network = OpenVinoNetwork(
        inputs_graph(rebuilt.weights, rebuilt.size, points), threads=_THREADS, precision="float32"
    )
    largest = np.max([network.outputs(batch) for batch in _batches(pictures)], axis=0)
    return {name: float(value) for name, value in zip(points, largest, strict=True) if value > 0}


def embedded(
    network: EmbeddingNetwork, rebuilt: Rebuilt, precision: Precision, pictures: Float32
) -> NDArray[np.float32]:
    """Embeddings (n, m) of pictures (n, 3, size, size), as the service computes the features."""
    graph = features_graph(rebuilt.arguments, rebuilt.weights, rebuilt.size, rebuilt.highest)
    runtime = OpenVinoNetwork(graph, threads=_THREADS, precision=precision)
    features = np.concatenate([runtime.features(batch) for batch in _batches(pictures)])
    return _of_features(network, features)


@torch.inference_mode()
def reference(network: EmbeddingNetwork, pictures: Float32) -> NDArray[np.float32]:
    """Embeddings (n, m) by torch."""
    features = [network.features(torch.from_numpy(batch)).numpy() for batch in _batches(pictures)]
    return _of_features(network, np.concatenate(features))


def furthest(expected: NDArray[np.float32], found: NDArray[np.float32]) -> float:
    """The worst cosine distance between rows."""
    return float((1 - metrics.cosines(expected, found)).max())


@torch.inference_mode()
def _of_features(network: EmbeddingNetwork, features: NDArray[np.float32]) -> NDArray[np.float32]:
    result: NDArray[np.float32] = network.embed(torch.from_numpy(features)).numpy()
    return result


def _batches(pictures: Float32) -> Iterator[Float32]:
    for start in range(0, len(pictures), _BATCH):
        yield pictures[start : start + _BATCH]


def _inputs(data: Packed, rows: NDArray[np.int64], shown: Presentation) -> Float32:
    """Packed rows to (n, 3, size, size), contiguous, on the CPU."""
    parts = [shown(data.pictures[part]).cpu().numpy() for part in np.array_split(rows, -(-len(rows) // 250))]
    return np.ascontiguousarray(np.concatenate(parts))


def _odd(data: Packed, seed: int, shown: Presentation) -> Float32:
    count = min(ODD, len(data.rows("val")))
    drawn = list(odd_pictures.pictures(count, data.index.size, seed))
    return np.ascontiguousarray(shown(np.stack(drawn)).cpu().numpy())
