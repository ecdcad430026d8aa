"""A view without a network as a process of its own: `python -m tests.e2e.light_view`, NAME (drml, caption).

The server, the feed, the store on the disk, the engine, the routes are the service's; only what makes numbers
of a picture is its mean colour. It starts in a second, where torch and TensorFlow take several.
"""

import os
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from diversity_contracts.manifest import Golden, Kind, Manifest, Preprocessing
from diversity_contracts.publishing import publish
from diversity_view.artifact_choice import Artifact
from diversity_view.assembly import assemble
from diversity_view.metrics import Metrics
from diversity_view.server import serve
from diversity_view.state_folder import StateFolder

FILE = "mean-colour.txt"


def publish_mean_colour(root: Path, kind: Kind) -> Path:
    """An artifact that holds nothing; its folder."""

    def write(folder: Path) -> None:
        (folder / FILE).write_text("Distances are those between mean colours.")

    manifest = Manifest(
        kind=kind,
        version=f"{kind}-20260101T000000Z",
        created=datetime(2026, 1, 1, tzinfo=UTC),
        code_revision="test",
        data_fingerprint="0",
        preprocessing=Preprocessing(size=8, resize="squash", mean=(0, 0, 0), std=(1, 1, 1)),
        model={},
        golden=[Golden(file=FILE, output=[1.0], tolerance=1)],
    )
    return publish(root, manifest, write)


def serve_drml() -> None:
    """Serve until told to end."""
    from drml_service.app import create_app
    from drml_service.correction import CorrectingSearcher
    from drml_service.encoding import PictureEncoding
    from drml_service.engine import Engine
    from drml_service.projection import Layer, Projection
    from drml_service.settings import Settings
    from drml_service.vector_codec import VectorCodec
    from tests.fakes.encoder import MeanColour
    from tests.fakes.searcher import BruteForce

    settings, metrics = Settings(), Metrics("drml")
    colours = np.random.default_rng(0).uniform(0, 255, (32, MeanColour.dimension)).astype(np.float32)
    # Red to the right, blue upwards.
    plane = Projection(
        (Layer(np.array([[1 / 255, 0, 0], [0, 0, 1 / 255]], np.float32), np.zeros(2, np.float32)),)
    )

    def build(artifact: Artifact, state: StateFolder, _: str) -> Engine:
        return Engine(
            artifact=artifact.version,
            encoding=PictureEncoding(MeanColour(), observe=metrics.stage),
            store=state.index(artifact.version, artifact.digest, VectorCodec(MeanColour.dimension)),
            searcher=CorrectingSearcher(BruteForce()),
            observe=metrics.stage,
            reference=colours,
            projection=plane,
        )

    parts = assemble("drml", settings, metrics, settings.artifacts / "none", build)
    serve(create_app(parts), parts.serving, settings)


def serve_captions() -> None:
    """Serve until told to end."""
    from caption_service.app import create_app
    from caption_service.engine import Engine
    from caption_service.settings import Settings
    from caption_service.written import WrittenCodec
    from tests.fakes.captioner import WordSpace, captioning

    settings, metrics = Settings(), Metrics("caption")

    def build(artifact: Artifact, state: StateFolder, _: str) -> Engine:
        return Engine(
            artifact=artifact.version,
            captioning=captioning(),
            space=WordSpace(),
            store=state.index(artifact.version, artifact.digest, WrittenCodec()),
            observe=metrics.stage,
        )

    parts = assemble("caption", settings, metrics, settings.artifacts / "none", build)
    serve(create_app(parts), parts.serving, settings)


if __name__ == "__main__":
    {"drml": serve_drml, "caption": serve_captions}[os.environ["NAME"]]()
