"""Adding what each precision does to features and sentences to an artifact that was published without it.

    python -m caption_job.add_precisions --artifact ARTIFACT --prepared PREP --features FEAT

The features must be of the artifact's encoder and of its training data: weights and fingerprint are compared.
The version stays, so no service may be loading the folder meanwhile; one that served it starts its index
anew, for the manifest is another one.
"""

import argparse
from pathlib import Path

from caption_job import feature_files, pictures, precisions, prepared
from caption_service import loading
from caption_service.artifact_files import ENCODER
from diversity_contracts.manifest import Manifest, verify
from diversity_contracts.publishing import add_files
from job_kit.hashes import sha256_of


def run(folder: Path, directory: Path, features: feature_files.Features, most: int) -> Manifest:
    """The artifact's manifest afterwards. ValueError for other weights or data than the artifact's."""
    manifest, data = verify(folder, "caption"), prepared.load(directory)
    if data.fingerprint != manifest.data_fingerprint or features.data != data.fingerprint:
        raise ValueError("the artifact was trained on other data")
    if manifest.files[ENCODER] != sha256_of(features.folder / ENCODER):
        raise ValueError("these are features of another encoder than the artifact's")
    stored = pictures.kept(directory, data.fingerprint, manifest.preprocessing.size)
    if stored is None:
        raise ValueError(f"{directory} holds no stored pictures: run caption_job.features first")
    rows = data.rows("test")[:most]
    found = precisions.measure(
        folder / ENCODER, manifest, loading.load_writer(folder, manifest), stored[rows], features.pooled[rows]
    )
    return add_files(folder, "caption", lambda _: None, drift=found.drift, metrics=found.figures)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--artifact", type=Path, required=True)
    parser.add_argument("--prepared", type=Path, required=True)
    parser.add_argument("--features", type=Path, required=True)
    parser.add_argument("--most", type=int, default=precisions.MOST, help="held-out pictures that are asked")
    values = parser.parse_args()
    manifest = run(values.artifact, values.prepared, feature_files.load(values.features), values.most)
    print(f"{manifest.version}: {manifest.drift}")


if __name__ == "__main__":
    main()
