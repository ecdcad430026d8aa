"""Which runtime serves an artifact: OpenVINO where it agrees with the golden inputs, else Keras."""

import logging
from collections.abc import Callable, Collection, Sequence
from pathlib import Path
from typing import Literal

from caption_service.captioning import Encoder
from caption_service.golden_features import agree
from caption_service.kept_graphs import KeptGraphs
from caption_service.precision import Precision, Wanted, chosen, fault
from diversity_contracts.manifest import BadArtifact, Manifest

log = logging.getLogger(__name__)
Runtime = Literal["openvino", "keras"]
WantedRuntime = Literal["auto", "openvino", "keras"]
REFERENCE: Precision = "float32"
Make = Callable[[Path, Manifest, Runtime, Precision], Encoder]


def ranked(
    runtime: WantedRuntime, wanted: Wanted, manifest: Manifest, native: Collection[Precision]
) -> list[tuple[Runtime, Precision]]:
    """What an artifact may be served on, the first choice first.

    Args:
        native: the precisions that OpenVINO has on this processor; none where it is not installed.
    """
    found: list[tuple[Runtime, Precision]] = []
    if runtime != "keras" and native:
        precision, reason = chosen(wanted, manifest.drift, manifest.metrics, native)
        if reason is not None:
            log.warning("another precision than asked for", extra={"precision": precision, "reason": reason})
        found.append(("openvino", precision))
        if precision != "float32":
            found.append(("openvino", "float32"))
    if runtime != "openvino":
        found.append(("keras", "float32"))
    return found


def forms_of(
    runtime: WantedRuntime, wanted: Wanted, manifest: Manifest, native: Collection[Precision]
) -> list[Precision]:
    """The precisions in which an artifact may be served here, the one that is asked for first.

    Args:
        native: as in `ranked`.
    """
    if runtime == "keras" or not native:
        return ["float32"]
    first, _ = chosen(wanted, manifest.drift, manifest.metrics, native)
    sound = {one for one in native if fault(one, manifest.drift, manifest.metrics) is None}
    return [first, *sorted({*sound, REFERENCE} - {first})]


def first_sound(
    folder: Path, manifest: Manifest, candidates: Sequence[tuple[Runtime, Precision]], make: Make
) -> Encoder:
    """The first candidate that can be made and answers the golden inputs as published.

    Raises BadArtifact with every candidate's reason when there is none.
    """
    faults = []
    for runtime, precision in candidates:
        try:
            encoder = make(folder, manifest, runtime, precision)
            for golden in manifest.golden:
                agree(encoder, golden, (folder / golden.file).read_bytes())
        except BadArtifact as error:
            faults.append(f"{runtime}, {precision}: {error}")
            continue
        extra = {"artifact": manifest.version, "runtime": runtime, "precision": precision, "faults": faults}
        log.log(logging.WARNING if faults else logging.INFO, "the encoder is loaded", extra=extra)
        return encoder
    raise BadArtifact("; ".join(faults) or "There is no runtime for the encoder.")


def installed_precisions() -> set[Precision]:
    """Those that OpenVINO has on this processor; none where it is not installed."""
    try:
        from caption_service.compiled_encoder import native  # noqa: PLC0415 - loaded where it serves
    except ImportError:
        return set()
    return native()


def maker(graphs: KeptGraphs, threads: int) -> Make:
    """What makes encoders: graphs from `graphs`, on so many threads."""

    def make(folder: Path, manifest: Manifest, runtime: Runtime, precision: Precision) -> Encoder:
        # Each is loaded where it serves: the other one takes seconds, and need not be installed.
        if runtime == "openvino":
            from caption_service.compiled_encoder import CompiledEncoder  # noqa: PLC0415

            graph = graphs.of(folder, manifest)
            return CompiledEncoder(graph, manifest.preprocessing, threads=threads, precision=precision)
        try:
            from caption_service.encoder import KerasEncoder  # noqa: PLC0415
        except ImportError as error:
            raise BadArtifact(f"TensorFlow is not installed: {error}") from error
        return KerasEncoder.load(folder, manifest, threads=threads)

    return make
