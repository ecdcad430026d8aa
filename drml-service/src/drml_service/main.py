"""The composition root: `python -m drml_service`."""

from collections.abc import Callable
from functools import partial

import threadpoolctl  # type: ignore[import-untyped]  # ships no types

from diversity_view.artifact_choice import Artifact
from diversity_view.assembly import assemble
from diversity_view.json_log import log_as_json
from diversity_view.metrics import Metrics
from diversity_view.server import serve
from diversity_view.state_folder import StateFolder
from drml_service import reference
from drml_service.app import create_app
from drml_service.artifact import STARTER
from drml_service.correction import CorrectingSearcher
from drml_service.encoder import TorchEncoder
from drml_service.encoding import PictureEncoding
from drml_service.engine import Engine
from drml_service.index import FaissSearcher
from drml_service.searcher import Searcher
from drml_service.settings import Settings
from drml_service.standing_in import StandIn
from drml_service.two_ended import TwoEndedSearcher
from drml_service.vector_codec import VectorCodec

SEARCHERS: dict[str, Callable[[Settings], Searcher]] = {
    "codes": lambda settings: StandIn(
        FaissSearcher(), lambda: TwoEndedSearcher.prepared(settings.threads, settings.state / "compiled")
    ),
    "faiss": lambda _: FaissSearcher(),
}


def build(
    artifact: Artifact, state: StateFolder, *, searcher: Searcher, settings: Settings, metrics: Metrics
) -> Engine:
    """The artifact's network and its index. Raises BadArtifact, NoSpace or NotReady."""
    encoder = TorchEncoder.load(artifact.folder, artifact.manifest, threads=settings.threads)
    engine = Engine(
        artifact=artifact.version,
        encoding=PictureEncoding(encoder, observe=metrics.stage, max_pixels=settings.max_pixels),
        store=state.index(artifact.version, artifact.digest, VectorCodec(encoder.dimension)),
        searcher=CorrectingSearcher(searcher),
        observe=metrics.stage,
        reference=reference.load(artifact.folder, artifact.manifest, encoder.dimension),
    )
    # numpy's products are small from here on; BLAS threads that spin between them would take torch's cores.
    threadpoolctl.threadpool_limits(limits=1, user_api="blas")
    return engine


def run() -> None:
    """Serve until told to end."""
    settings, metrics = Settings(), Metrics("drml")
    log_as_json()
    searcher = SEARCHERS[settings.vector_store](settings)  # one for all artifacts
    parts = assemble(
        "drml",
        settings,
        metrics,
        STARTER,
        partial(build, searcher=searcher, settings=settings, metrics=metrics),
    )
    serve(create_app(parts), parts.serving, settings)
