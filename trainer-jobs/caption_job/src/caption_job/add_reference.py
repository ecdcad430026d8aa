"""Adding the reference sentences to an artifact that was published without them.

    python -m caption_job.add_reference --artifact ARTIFACT --prepared PREP

The captions must be those the artifact was trained on: the fingerprint of its manifest is compared. The
version stays, so no service may be loading the folder meanwhile; one that served it starts its index anew,
for the manifest is another one.
"""

import argparse
from pathlib import Path

from caption_job import prepared, sampling
from caption_service import reference
from diversity_contracts.manifest import Manifest, verify
from diversity_contracts.publishing import add_files


def run(folder: Path, data: prepared.Prepared) -> Manifest:
    """The artifact's manifest afterwards. ValueError for other training data than the artifact's."""
    known = verify(folder, "caption").data_fingerprint
    if data.fingerprint != known:
        raise ValueError(f"these captions are {data.fingerprint[:12]}, the artifact's are {known[:12]}")
    found = sampling.sentences(data)
    return add_files(folder, "caption", lambda target: reference.save(found, target))


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--artifact", type=Path, required=True)
    parser.add_argument("--prepared", type=Path, required=True)
    values = parser.parse_args()
    manifest = run(values.artifact, prepared.load(values.prepared))
    print(f"{manifest.version}: {len(manifest.files)} files")


if __name__ == "__main__":
    main()
