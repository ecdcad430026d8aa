"""The composition root: `python -m caption_service`."""

from functools import partial
from pathlib import Path

import threadpoolctl  # type: ignore[import-untyped]  # ships no types

from caption_service import kept_sentences, loading, reference
from caption_service.app import create_app
from caption_service.captioning import Captioning, Encoder
from caption_service.encoder_choice import first_sound, forms_of, installed_precisions, maker, ranked
from caption_service.engine import Engine
from caption_service.kept_graphs import KeptGraphs
from caption_service.kept_sentences import KeptSentences
from caption_service.loading import STARTER
from caption_service.precision import Precision, index_key
from caption_service.settings import Settings
from caption_service.written import WrittenCodec
from diversity_contracts.decoders import decoding
from diversity_contracts.generations import name_of, parts_of
from diversity_contracts.manifest import Manifest
from diversity_contracts.pictures import Decode, decode
from diversity_view.artifact_choice import Artifact
from diversity_view.assembly import assemble
from diversity_view.json_log import log_as_json
from diversity_view.metrics import Metrics
from diversity_view.server import serve
from diversity_view.state_folder import StateFolder


def build(
    artifact: Artifact,
    state: StateFolder,
    form: str,
    *,
    settings: Settings,
    metrics: Metrics,
    decode: Decode = decode,
) -> Engine:
    """The artifact's networks in one of its forms, and its index. Raises BadArtifact, NoSpace or NotReady."""

    graphs = KeptGraphs(state.path)

    def load_encoder(folder: Path, manifest: Manifest) -> Encoder:
        others = served_forms(artifact, settings=settings)[1:]
        # Asked for as the settings do, so that it says why that is not what it gets.
        precision = next((one for one in others if one == form), settings.precision)
        found = ranked(settings.encoder, precision, manifest, installed_precisions())
        return first_sound(folder, manifest, found, maker(graphs, settings.threads))

    made_of = kept_sentences.made_of(artifact.manifest)
    loaded = loading.load(artifact.folder, artifact.manifest, load_encoder)
    engine = Engine(
        artifact=artifact.version,
        captioning=Captioning(
            loaded.encoder,
            loaded.writer,
            observe=metrics.stage,
            max_pixels=settings.max_pixels,
            decode=decode,
            at_once=settings.decoders,
        ),
        space=loaded.space,
        store=state.index(
            name_of(artifact.version, loaded.encoder.precision),
            index_key(artifact.digest, loaded.encoder.precision),
            WrittenCodec(),
        ),
        observe=metrics.stage,
        reference=reference.load(artifact.folder, artifact.manifest) or (),
        kept=KeptSentences(state.path / f"sentences-{artifact.version}.safetensors", loaded.space, made_of),
    )
    standing = [artifact.version, *(parts_of(one)[0] for one in state.served if state.has_index(one))]
    graphs.keep(standing)
    kept_sentences.keep(state.path, standing)
    # The decoder's products are small; BLAS threads that spin between them would take the encoder's cores.
    threadpoolctl.threadpool_limits(limits=1, user_api="blas")
    return engine


def served_forms(artifact: Artifact, *, settings: Settings) -> list[Precision]:
    """Those that the artifact may be served in here, the one that the settings ask for first."""
    return forms_of(settings.encoder, settings.precision, artifact.manifest, installed_precisions())


def run() -> None:
    """Serve until told to end."""
    settings, metrics = Settings(), Metrics("caption")
    log_as_json()
    with decoding(settings.decoders, seconds=settings.decode_seconds) as elsewhere:
        making = partial(build, settings=settings, metrics=metrics, decode=elsewhere)
        forms = partial(served_forms, settings=settings)
        parts = assemble("caption", settings, metrics, STARTER, making, forms=forms)
        serve(create_app(parts), parts.serving, settings)
