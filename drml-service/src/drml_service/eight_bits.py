"""Which convolutions of a network may run in 8 bits, and how large their inputs get.

A convolution's input follows a ReLU: it lies in 0..`highest` and becomes 256 even steps, its weights become
255 steps to both sides of zero, a scale for each map. The first convolution is never among them: its input
has both signs, and it is where a step costs most.
"""

import json
import math
from collections.abc import Mapping
from pathlib import Path

from diversity_contracts.manifest import BadArtifact, Manifest
from drml_service.artifact import EIGHT_BITS
from drml_service.network_arguments import blocks

# The largest input seen while calibrating, by the convolution's name.
Highest = Mapping[str, float]


def points() -> list[str]:
    """The convolutions that may; where a block's first one does, so does the one beside it."""
    return [f"{name}.{conv}" for name, *_ in blocks() for conv in ("conv1", "conv2")]


def save(highest: Highest, folder: Path) -> None:
    """Write them into an artifact's folder."""
    (folder / EIGHT_BITS).write_text(json.dumps({"highest": dict(highest)}, indent=1) + "\n")
    (folder / EIGHT_BITS).chmod(0o644)


def load(folder: Path, manifest: Manifest) -> Highest | None:
    """Those of a verified artifact; None for one that was not calibrated.

    Raises BadArtifact when the file holds anything else.
    """
    if EIGHT_BITS not in manifest.files:
        return None
    try:
        highest = json.loads((folder / EIGHT_BITS).read_bytes())["highest"]
        found = {str(name): float(value) for name, value in highest.items()}
    except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
        raise BadArtifact(f"The ranges of the 8-bit network cannot be read: {error}") from error
    known = set(points())
    if not found or not found.keys() <= known or not all(0 < h < math.inf for h in found.values()):
        raise BadArtifact("The ranges of the 8-bit network are not this network's.")
    return found
