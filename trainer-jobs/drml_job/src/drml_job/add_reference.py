"""Adding the reference sample to an artifact that was published without one.

    python -m drml_job.add_reference --artifact ARTIFACT (--packed PACKED | --data DATA)

The pictures must be those the artifact was trained on: the fingerprint of its manifest is compared. The
version stays, so no service may be loading the folder meanwhile; one that served it starts its index anew,
for the manifest is another one.
"""

import argparse
import tempfile
from pathlib import Path

from safetensors.numpy import load_file

from diversity_contracts.manifest import Manifest, verify
from diversity_contracts.publishing import add_files
from drml_job import devices, packed, prepare, sampling, trained
from drml_service import reference
from drml_service.artifact import CENTRE, CENTRE_TENSOR


def run(folder: Path, data: packed.Packed) -> Manifest:
    """The artifact's manifest afterwards. ValueError for other training data than the artifact's."""
    known = verify(folder, "drml").data_fingerprint
    if data.index.fingerprint != known:
        raise ValueError(f"these pictures are {data.index.fingerprint[:12]}, the artifact's are {known[:12]}")
    model = trained.from_artifact(folder)
    mean = load_file(folder / CENTRE)[CENTRE_TENSOR] if (folder / CENTRE).exists() else None
    shown = model.shown_on(devices.choose("float32"))
    found = sampling.vectors(model.network, data, sampling.rows(data), shown, mean)
    return add_files(folder, "drml", lambda target: reference.save(found, target))


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--artifact", type=Path, required=True)
    pictures = parser.add_mutually_exclusive_group(required=True)
    pictures.add_argument("--packed", type=Path)
    pictures.add_argument("--data", type=Path)
    values = parser.parse_args()
    if values.packed:
        manifest = run(values.artifact, packed.load(values.packed))
    else:
        size = verify(values.artifact, "drml").preprocessing.size
        with tempfile.TemporaryDirectory() as scratch:
            knobs = prepare.Knobs(stored_size=size, train_triplets=1000)
            manifest = run(values.artifact, prepare.run(values.data, Path(scratch), knobs))
    print(f"{manifest.version}: {len(manifest.files)} files")


if __name__ == "__main__":
    main()
