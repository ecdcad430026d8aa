"""A picture's place on the catalogue's map: its vector through a small network of the artifact's."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from safetensors import SafetensorError
from safetensors.numpy import load_file, save_file

from diversity_contracts.manifest import BadArtifact, Manifest
from drml_service.artifact import PROJECTION
from drml_service.search import Float32

PLANE = 2
MOST_LAYERS, WIDEST = 8, 1_024  # more is no small network: 100,000 pictures are placed while a page waits


@dataclass(frozen=True, slots=True)
class Layer:
    """weight (k, d) and bias (k,), float32."""

    weight: Float32
    bias: Float32


@dataclass(frozen=True, slots=True)
class Projection:
    """Layers with tanh between them, from r numbers to two; one layer is a linear map."""

    layers: tuple[Layer, ...]

    def points(self, vectors: Float32) -> Float32:
        """The places (n, 2) of vectors (n, r); those like the training pictures' lie within −1..1."""
        values = np.asarray(vectors, dtype=np.float32)
        for number, layer in enumerate(self.layers):
            values = values @ layer.weight.T + layer.bias
            if number < len(self.layers) - 1:
                values = np.tanh(values)
        return values


def save(projection: Projection, folder: Path) -> None:
    """Write it into an artifact's folder."""
    tensors = {}
    for number, layer in enumerate(projection.layers):
        tensors[f"weight_{number}"] = np.ascontiguousarray(layer.weight, dtype=np.float32)
        tensors[f"bias_{number}"] = np.ascontiguousarray(layer.bias, dtype=np.float32)
    save_file(tensors, folder / PROJECTION)
    (folder / PROJECTION).chmod(0o644)  # the library writes for the owner only; the service is another user


def load(folder: Path, manifest: Manifest, dimension: int) -> Projection | None:
    """The map of a verified artifact; None for one from before there were any.

    Raises BadArtifact when the file holds anything else than layers from `dimension` numbers to two.
    """
    if PROJECTION not in manifest.files:
        return None
    try:
        held = load_file(folder / PROJECTION)
        count = len(held) // 2
        layers = tuple(
            Layer(held[f"weight_{n}"].astype(np.float32), held[f"bias_{n}"].astype(np.float32))
            for n in range(count)
        )
    except (OSError, SafetensorError, KeyError, ValueError, TypeError) as error:
        raise BadArtifact(f"The map of the catalogue cannot be read: {error}") from error
    if len(held) != 2 * count or not 1 <= count <= MOST_LAYERS:
        raise BadArtifact(f"The map of the catalogue holds {len(held)} tensors.")
    width = dimension
    for layer in layers:
        shape = layer.weight.shape
        if (
            len(shape) != 2
            or shape[1] != width
            or layer.bias.shape != shape[:1]
            or not 0 < shape[0] <= WIDEST
        ):
            raise BadArtifact(f"The map of the catalogue has a layer {shape} after {width} numbers.")
        if not (np.isfinite(layer.weight).all() and np.isfinite(layer.bias).all()):
            raise BadArtifact("The map of the catalogue is not finite.")
        width = shape[0]
    if width != PLANE:
        raise BadArtifact(f"The map of the catalogue leads to {width} numbers, not to {PLANE}.")
    return Projection(layers)
