"""Adding the drift of each precision, and what 8 bits need, to an artifact that was published without them.

    python -m drml_job.add_precisions --artifact ARTIFACT --packed PACKED

The pictures must be those the artifact was trained on: the fingerprint of its manifest is compared. Run it on
the processors that shall serve: only precisions that this one computes in are measured. The version stays, so
no service may be loading the folder meanwhile; one that served it starts its index anew, for the manifest is
another one.
"""

import argparse
from pathlib import Path

from diversity_contracts.manifest import Manifest, verify
from diversity_contracts.publishing import add_files
from drml_job import devices, packed, precisions, trained
from drml_service import eight_bits


def run(folder: Path, data: packed.Packed) -> Manifest:
    """The artifact's manifest afterwards. ValueError for other training data than the artifact's."""
    known = verify(folder, "drml").data_fingerprint
    if data.index.fingerprint != known:
        raise ValueError(f"these pictures are {data.index.fingerprint[:12]}, the artifact's are {known[:12]}")
    model = trained.from_artifact(folder)
    found = precisions.measure(model.network, data, model.shown_on(devices.CPU))

    def write(target: Path) -> None:
        if found.highest:
            eight_bits.save(found.highest, target)

    return add_files(folder, "drml", write, drift=found.drift)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--artifact", type=Path, required=True)
    parser.add_argument("--packed", type=Path, required=True)
    values = parser.parse_args()
    manifest = run(values.artifact, packed.load(values.packed))
    print(f"{manifest.version}: {manifest.drift}")


if __name__ == "__main__":
    main()
