"""The composition root: `python -m drml_service`."""

from pathlib import Path

import threadpoolctl  # type: ignore[import-untyped]  # ships no types

from diversity_contracts.manifest import Manifest
from diversity_view.artifact_choice import choose
from diversity_view.assembly import assemble
from diversity_view.json_log import log_as_json
from diversity_view.metrics import Metrics
from diversity_view.server import serve
from diversity_view.serving import Generation
from diversity_view.store import Store
from drml_service.app import create_app
from drml_service.artifact import STARTER
from drml_service.encoder import TorchEncoder
from drml_service.encoding import PictureEncoding
from drml_service.engine import Engine
from drml_service.index import FaissSearcher
from drml_service.settings import Settings
from drml_service.vector_codec import VectorCodec


def load_generation(settings: Settings, metrics: Metrics) -> Generation[Engine]:
    """The artifact to serve, its network and its index. Raises BadArtifact or NotReady."""

    def load(folder: Path, manifest: Manifest) -> TorchEncoder:
        return TorchEncoder.load(folder, manifest, threads=settings.threads)

    choice = choose("drml", settings.artifacts, load, starter=STARTER)
    encoder, artifact = choice.loaded, choice.manifest.version
    engine = Engine(
        artifact=artifact,
        encoding=PictureEncoding(encoder, observe=metrics.stage, max_pixels=settings.max_pixels),
        store=Store.open(
            settings.state, artifact=artifact, digest=choice.digest, codec=VectorCodec(encoder.dimension)
        ),
        searcher=FaissSearcher(),
        observe=metrics.stage,
    )
    # numpy's products are small from here on; BLAS threads that spin between them would take torch's cores.
    threadpoolctl.threadpool_limits(limits=1, user_api="blas")
    return Generation.of(engine, choice)


def run() -> None:
    """Serve until told to end."""
    settings = Settings()
    log_as_json()
    parts = assemble("drml", settings, lambda metrics: load_generation(settings, metrics))
    serve(create_app(parts), parts.serving, settings)
