"""The composition root: `python -m caption_service`."""

from pathlib import Path

import threadpoolctl  # type: ignore[import-untyped]  # ships no types

from caption_service import loading
from caption_service.app import create_app
from caption_service.captioning import Captioning, Encoder
from caption_service.encoder import KerasEncoder
from caption_service.engine import Engine
from caption_service.loading import STARTER, Loaded
from caption_service.settings import Settings
from caption_service.written import WrittenCodec
from diversity_contracts.manifest import Manifest
from diversity_view.artifact_choice import choose
from diversity_view.assembly import assemble
from diversity_view.json_log import log_as_json
from diversity_view.metrics import Metrics
from diversity_view.server import serve
from diversity_view.serving import Generation
from diversity_view.store import Store


def load_generation(settings: Settings, metrics: Metrics) -> Generation[Engine]:
    """The artifact to serve, its networks and its index. Raises BadArtifact or NotReady."""

    def load_encoder(folder: Path, manifest: Manifest) -> Encoder:
        return KerasEncoder.load(folder, manifest, threads=settings.threads)

    def load(folder: Path, manifest: Manifest) -> Loaded:
        return loading.load(folder, manifest, load_encoder)

    choice = choose("caption", settings.artifacts, load, starter=STARTER)
    loaded, artifact = choice.loaded, choice.manifest.version
    engine = Engine(
        artifact=artifact,
        captioning=Captioning(
            loaded.encoder, loaded.writer, observe=metrics.stage, max_pixels=settings.max_pixels
        ),
        space=loaded.space,
        store=Store.open(settings.state, artifact=artifact, digest=choice.digest, codec=WrittenCodec()),
        observe=metrics.stage,
    )
    # The decoder's products are small; BLAS threads that spin between them would take TensorFlow's cores.
    threadpoolctl.threadpool_limits(limits=1, user_api="blas")
    return Generation.of(engine, choice)


def run() -> None:
    """Serve until told to end."""
    settings = Settings()
    log_as_json()
    parts = assemble("caption", settings, lambda metrics: load_generation(settings, metrics))
    serve(create_app(parts), parts.serving, settings)
