"""The composition root: `python -m drml_service`."""

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

import threadpoolctl  # type: ignore[import-untyped]  # ships no types

from diversity_contracts.decoders import decoding
from diversity_contracts.generations import name_of
from diversity_contracts.pictures import Decode, decode
from diversity_view.artifact_choice import Artifact
from diversity_view.assembly import assemble
from diversity_view.json_log import log_as_json
from diversity_view.metrics import Metrics
from diversity_view.opening import Build
from diversity_view.parts import Parts
from diversity_view.server import serve
from diversity_view.state_folder import StateFolder
from drml_service import projection, reference
from drml_service.app import create_app
from drml_service.artifact import STARTER
from drml_service.correction import CorrectingSearcher, usual_distances
from drml_service.encoder import NetworkEncoder
from drml_service.encoding import PictureEncoding, index_key
from drml_service.engine import Engine
from drml_service.holding import in_process
from drml_service.index import FaissSearcher
from drml_service.kept_table import KeptTable
from drml_service.kept_usual import KeptUsual
from drml_service.milvus.address import Address
from drml_service.precision import precision_of
from drml_service.runtimes import forms_of
from drml_service.searcher import Searcher
from drml_service.settings import Settings
from drml_service.standing_in import StandIn
from drml_service.two_ended import TwoEndedSearcher
from drml_service.vector_codec import VectorCodec

if TYPE_CHECKING:
    from drml_service.milvus.table import MilvusTable

SEARCHERS: dict[str, Callable[[Settings], Searcher]] = {
    "codes": lambda settings: StandIn(
        FaissSearcher(), lambda: TwoEndedSearcher.prepared(settings.threads, settings.state / "compiled")
    ),
    "faiss": lambda _: FaissSearcher(),
}


def build(
    artifact: Artifact,
    state: StateFolder,
    form: str,
    *,
    searcher: Searcher,
    settings: Settings,
    metrics: Metrics,
    decode: Decode = decode,
) -> Engine:
    """The artifact's network in one of its forms, and its index. Raises BadArtifact, NoSpace or NotReady."""
    encoder = _encoder(artifact, form, settings)
    sample = reference.load(artifact.folder, artifact.manifest, encoder.dimension)
    usual = None if sample is None else KeptUsual(state.path / "usual.safetensors", sample, usual_distances)
    holding = in_process(encoder.dimension, sample, usual.of if usual is not None else None)
    name, key = name_of(artifact.version, encoder.form), index_key(artifact.digest, encoder.form)
    kept = KeptTable(state.table_file(name), holding.empty, key)
    store = state.index(name, key, VectorCodec(encoder.dimension), kept.spare)
    kept.hashes = store.hashes
    engine = Engine(
        artifact=artifact.version,
        encoding=_encoding(encoder, settings, metrics, decode),
        store=store,
        searcher=CorrectingSearcher(searcher),
        observe=metrics.stage,
        reference=sample,
        projection=projection.load(artifact.folder, artifact.manifest, encoder.dimension),
        holding=holding,
        kept=kept,
    )
    _settle_threads()
    return engine


def build_over_milvus(
    artifact: Artifact,
    state: StateFolder,
    form: str,
    *,
    address: Address,
    settings: Settings,
    metrics: Metrics,
    decode: Decode = decode,
) -> "Engine[MilvusTable]":
    """The same with its vectors in Milvus; that it does not answer is a NotReady that passes."""
    # pymilvus is an extra, and not in the default image.
    from drml_service.milvus.placing import place  # noqa: PLC0415

    encoder = _encoder(artifact, form, settings)
    sample = reference.load(artifact.folder, artifact.manifest, encoder.dimension)
    token = settings.milvus_token.get_secret_value()
    placed = place(
        address, token, name_of(artifact.version, encoder.form), state,
        digest=index_key(artifact.digest, encoder.form), dimension=encoder.dimension, reference=sample,
    )  # fmt: skip
    engine = Engine(
        artifact=artifact.version,
        encoding=_encoding(encoder, settings, metrics, decode),
        store=placed.store,
        searcher=placed.searcher,
        observe=metrics.stage,
        reference=sample,
        projection=projection.load(artifact.folder, artifact.manifest, encoder.dimension),
        holding=placed.holding,
    )
    _settle_threads()
    return engine


def served_forms(artifact: Artifact, *, settings: Settings) -> list[str]:
    """Those that the artifact may be served in here, the one that the settings ask for first."""
    return forms_of(artifact.manifest, settings.encoder, settings.precision)


def _encoder(artifact: Artifact, form: str, settings: Settings) -> NetworkEncoder:
    others = served_forms(artifact, settings=settings)[1:]
    return NetworkEncoder.load(
        artifact.folder,
        artifact.manifest,
        threads=settings.threads,
        runtime=settings.encoder,
        # Asked for as the settings do, so that it says why that is not what it gets.
        precision=precision_of(form) if form in others else settings.precision,
    )


def _encoding(
    encoder: NetworkEncoder, settings: Settings, metrics: Metrics, decode: Decode
) -> PictureEncoding:
    return PictureEncoding(
        encoder,
        observe=metrics.stage,
        max_pixels=settings.max_pixels,
        decode=decode,
        at_once=settings.decoders,
    )


def _settle_threads() -> None:
    # numpy's products are small from here on; BLAS threads that spin between them would take the network's
    # cores.
    threadpoolctl.threadpool_limits(limits=1, user_api="blas")


def run() -> None:
    """Serve until told to end."""
    settings, metrics = Settings(), Metrics("drml")
    log_as_json()
    address = Address.of(settings.vector_store, "drml")
    making: Callable[..., Engine[Any]]
    if address is None:
        searcher = SEARCHERS[settings.vector_store](settings)  # one for all artifacts
        making = partial(build, searcher=searcher)
    else:
        making = partial(build_over_milvus, address=address)
    with decoding(settings.decoders, seconds=settings.decode_seconds) as elsewhere:
        building: Build[Engine[Any]] = partial(making, settings=settings, metrics=metrics, decode=elsewhere)
        parts: Parts[Engine[Any]] = assemble(
            "drml", settings, metrics, STARTER, building, forms=partial(served_forms, settings=settings)
        )
        serve(create_app(parts), parts.serving, settings)
