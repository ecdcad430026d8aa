"""Adding the catalogue's map to an artifact that was published without one.

    python -m drml_job.add_projection --artifact ARTIFACT

The map is learned from the artifact's own reference sample: no training picture is needed. The version stays,
so no service may be loading the folder meanwhile; one that served it starts its index anew, for the manifest
is another one.
"""

import argparse
from pathlib import Path

from safetensors import safe_open

from diversity_contracts.manifest import Manifest, verify
from diversity_contracts.publishing import add_files
from drml_job import projecting
from drml_service import projection, reference
from drml_service.artifact import REFERENCE, REFERENCE_TENSOR


def run(folder: Path) -> Manifest:
    """The artifact's manifest afterwards. ValueError for one without a reference sample."""
    manifest = verify(folder, "drml")
    held = folder / REFERENCE
    sample = reference.load(folder, manifest, _columns(held)) if REFERENCE in manifest.files else None
    if sample is None:
        raise ValueError("the artifact has no reference sample: run drml_job.add_reference first")
    plane = projecting.fit(sample)
    return add_files(folder, "drml", lambda target: projection.save(plane, target))


def _columns(held: Path) -> int:
    with safe_open(held, framework="np") as tensors:
        return int(tensors.get_slice(REFERENCE_TENSOR).get_shape()[1])


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--artifact", type=Path, required=True)
    manifest = run(parser.parse_args().artifact)
    print(f"{manifest.version}: {len(manifest.files)} files")


if __name__ == "__main__":
    main()
