"""An artifact's reference sample: training pictures' vectors that say how far a picture usually is."""

from pathlib import Path

import numpy as np
from safetensors import SafetensorError
from safetensors.numpy import load_file, save_file

from diversity_contracts.manifest import BadArtifact, Manifest
from drml_service.artifact import REFERENCE, REFERENCE_TENSOR
from drml_service.search import LARGEST_SQUARE, Float32, squared_norms


def save(vectors: Float32, folder: Path) -> None:
    """Write vectors (m, r) into an artifact's folder, in float16: any points near them would do. Those of a
    network whose numbers float16 does not reach stay as they are."""
    fits = np.abs(vectors).max(initial=0.0) <= np.finfo(np.float16).max
    save_file({REFERENCE_TENSOR: vectors.astype(np.float16) if fits else vectors}, folder / REFERENCE)
    (folder / REFERENCE).chmod(0o644)  # the library writes for the owner only; the service is another user


def load(folder: Path, manifest: Manifest, dimension: int) -> Float32 | None:
    """The sample (m, dimension) of a verified artifact; None for one from before there were any.

    Raises BadArtifact when the file holds anything else.
    """
    if REFERENCE not in manifest.files:
        return None
    try:
        vectors: Float32 = load_file(folder / REFERENCE)[REFERENCE_TENSOR].astype(np.float32)
    except (OSError, SafetensorError, KeyError, ValueError, TypeError) as error:
        raise BadArtifact(f"The reference sample cannot be read: {error}") from error
    if vectors.ndim != 2 or vectors.shape[1] != dimension or len(vectors) == 0:
        raise BadArtifact(f"The reference sample has the shape {vectors.shape}, not (any, {dimension}).")
    if not (squared_norms(vectors) <= LARGEST_SQUARE).all():  # false for NaN too
        raise BadArtifact("The reference sample is not finite.")
    return vectors
