"""An artifact's weights as float32 arrays, whatever precision they were kept in."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.numpy import load_file

from diversity_contracts.manifest import BadArtifact, Manifest
from drml_service.artifact import CENTRE, CENTRE_TENSOR, WEIGHTS
from drml_service.network_arguments import NetworkArguments, tensor_shapes

Float32 = NDArray[np.float32]
Weights = Mapping[str, Float32]
# Batch norm counts its training steps; nothing that serves asks.
_COUNTER = ".num_batches_tracked"


def arguments_of(manifest: Manifest) -> NetworkArguments:
    """What rebuilds the network. Raises BadArtifact for one that this code does not know."""
    try:
        return NetworkArguments.from_json(dict(manifest.model))
    except (TypeError, ValueError) as error:
        raise BadArtifact(f"The network cannot be built: {error}") from error


def read(folder: Path, arguments: NetworkArguments) -> Weights:
    """The tensors of a verified artifact, by the names of `EmbeddingNetwork`'s state dict.

    Raises:
        BadArtifact: a tensor is missing, foreign, of another shape, or not finite.
    """
    try:
        tensors = load_file(folder / WEIGHTS)
    except (OSError, SafetensorError, TypeError, ValueError, KeyError) as error:
        raise BadArtifact(f"The network cannot be built: {error}") from error
    found = {name: tensor for name, tensor in tensors.items() if not name.endswith(_COUNTER)}
    wanted = tensor_shapes(arguments)
    if differing := sorted(found.keys() ^ wanted.keys()):
        raise BadArtifact(f"The network cannot be built: {differing[0]!r} is missing or foreign.")
    for name, shape in wanted.items():
        if found[name].shape != shape or found[name].dtype.kind != "f":
            given = f"{found[name].dtype} {found[name].shape}"
            raise BadArtifact(f"The network cannot be built: {name!r} is {given}, not {shape}.")
    weights = {name: np.array(found[name], dtype=np.float32, order="C") for name in wanted}
    for name, tensor in weights.items():
        if not np.isfinite(tensor).all():
            raise BadArtifact(f"The weights {name!r} are not finite.")
    return weights


def read_centre(folder: Path, manifest: Manifest) -> Float32 | None:
    """The mean embedding (m,) that is the origin of the search; None where there is none.

    Raises BadArtifact when the file holds anything else.
    """
    if CENTRE not in manifest.files:
        return None
    try:
        centre: Float32 = load_file(folder / CENTRE)[CENTRE_TENSOR].astype(np.float32)
    except (OSError, SafetensorError, TypeError, ValueError, KeyError) as error:
        raise BadArtifact(f"The network cannot be built: {error}") from error
    return centre
