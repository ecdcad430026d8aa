"""The composition root: `python -m drml_service`."""

import asyncio
import hashlib
import signal
from pathlib import Path
from types import FrameType

import threadpoolctl  # type: ignore[import-untyped]  # ships no types
import uvicorn

from diversity_contracts.bodies import Limits
from diversity_contracts.manifest import MANIFEST, Manifest
from drml_service.app import create_app
from drml_service.artifact import choose
from drml_service.encoder import TorchEncoder
from drml_service.encoding import PictureEncoding
from drml_service.engine import Engine
from drml_service.index import FaissSearcher
from drml_service.json_log import log_as_json
from drml_service.lanes import Lane
from drml_service.metrics import Metrics
from drml_service.parts import Parts
from drml_service.serving import Generation, Serving
from drml_service.settings import Settings
from drml_service.store import Store

# Batches that wait for the one in work; the gateway's indexer sends one at a time.
CHANGES_QUEUE = 3
# A request in flight at SIGTERM is given this long: the longest body plus the longest work.
GRACE_SECONDS = 30


def load_generation(settings: Settings, metrics: Metrics) -> Generation:
    """The artifact to serve, its network and its index. Raises BadArtifact or NotReady."""

    def load(folder: Path, manifest: Manifest) -> tuple[TorchEncoder, str]:
        digest = hashlib.sha256((folder / MANIFEST).read_bytes()).hexdigest()
        return TorchEncoder.load(folder, manifest, threads=settings.threads), digest

    choice = choose(settings.artifacts, load)
    encoder, digest = choice.loaded
    artifact = choice.manifest.version
    store = Store.open(settings.state, artifact=artifact, digest=digest, dimension=encoder.dimension)
    engine = Engine(
        artifact=artifact,
        encoding=PictureEncoding(encoder, observe=metrics.stage, max_pixels=settings.max_pixels),
        store=store,
        searcher=FaissSearcher(),
        observe=metrics.stage,
    )
    # numpy's products are small from here on; BLAS threads that spin between them would take torch's cores.
    threadpoolctl.threadpool_limits(limits=1, user_api="blas")
    return Generation(
        engine, choice.manifest.metrics, created=choice.manifest.created.isoformat(), refusal=choice.refusal
    )


def build_parts(settings: Settings) -> Parts:
    """The real parts."""
    metrics = Metrics()

    def loaded(generation: Generation) -> None:
        view = generation.engine.view
        metrics.artifact(generation.engine.artifact, refused=generation.refusal is not None)
        metrics.index(len(view.table), view.position.applied)

    return Parts(
        serving=Serving(lambda: load_generation(settings, metrics), loaded=loaded),
        metrics=metrics,
        queries=Lane(
            "queries",
            concurrency=settings.encoder_concurrency,
            max_queue=settings.max_queue,
            waited=metrics.waited,
        ),
        changes=Lane("changes", concurrency=1, max_queue=CHANGES_QUEUE, waited=metrics.waited),
        query_limits=Limits(body_bytes=settings.max_body_bytes, part_bytes=settings.max_body_bytes),
        batch_limits=Limits(body_bytes=settings.max_batch_bytes, part_bytes=settings.max_body_bytes),
        body_seconds=settings.body_seconds,
    )


class Server(uvicorn.Server):
    """uvicorn, which on SIGTERM first says that it is not ready, then ends as uvicorn does."""

    def __init__(self, config: uvicorn.Config, serving: Serving, drain_seconds: float) -> None:
        super().__init__(config)
        self._serving, self._drain_seconds = serving, drain_seconds
        self._loop: asyncio.AbstractEventLoop | None = None

    async def startup(self, sockets: list[object] | None = None) -> None:  # type: ignore[override]
        self._loop = asyncio.get_running_loop()
        await super().startup(sockets)  # type: ignore[arg-type]

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        self._serving.draining = True
        loop = self._loop
        if sig != signal.SIGTERM or self.should_exit or loop is None:
            super().handle_exit(sig, frame)
            return
        # Not noted as captured: uvicorn would raise it again at the end, and an orderly end exits with 0.
        loop.call_soon_threadsafe(loop.call_later, self._drain_seconds, self._leave)

    def _leave(self) -> None:
        self.should_exit = True


def run() -> None:
    """Serve until told to end."""
    settings = Settings()
    log_as_json()
    parts = build_parts(settings)
    config = uvicorn.Config(
        create_app(parts),
        host=settings.host,
        port=settings.port,
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=GRACE_SECONDS,
    )
    Server(config, parts.serving, settings.drain_seconds).run()
