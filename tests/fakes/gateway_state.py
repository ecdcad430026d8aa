"""A gateway's state on disk with published artifacts, small enough to be backed up in a test."""

import hashlib
from datetime import UTC, datetime
from pathlib import Path

from diversity_contracts.manifest import Golden, Manifest, Preprocessing
from diversity_contracts.publishing import publish
from diversity_gateway.catalogue import Catalogue
from diversity_gateway.content_files import ContentFiles
from diversity_gateway.entries import Picture

NOW = datetime(2026, 11, 23, 10, 15, tzinfo=UTC)
PICTURES = {f"set/{number}": f"picture {number}".encode() * 50 for number in range(5)}


def fill(state: Path) -> Catalogue:
    """A catalogue of five pictures, one of them deleted and one shared by two ids; still open."""
    files, catalogue = ContentFiles(state), Catalogue(state / "catalogue.sqlite")
    for image_id, data in PICTURES.items():
        content_hash = hashlib.sha256(data).hexdigest()
        files.store(content_hash, data)
        catalogue.put(image_id, Picture(content_hash, "image/png", 8, 6, len(data)), [f"a {image_id}"])
    kept = catalogue.get("set/1")
    assert kept is not None
    catalogue.put("again", kept.present, ["once more"])
    catalogue.delete("set/0")
    return catalogue


def publish_one(root: Path, version: str) -> None:
    """A DRML artifact that verifies, current afterwards."""

    def write(folder: Path) -> None:
        (folder / "golden.png").write_bytes(b"picture")
        (folder / "weights.safetensors").write_bytes(version.encode() * 100)

    rule = Preprocessing(size=64, resize="squash", mean=(0.5, 0.5, 0.5), std=(0.2, 0.2, 0.2))
    manifest = Manifest(
        kind="drml", version=version, created=NOW, code_revision="a", data_fingerprint="b",
        preprocessing=rule, model={}, golden=[Golden(file="golden.png", output=[1.0], tolerance=1e-3)],
    )  # fmt: skip
    publish(root, manifest, write)
