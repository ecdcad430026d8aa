"""How far less than float32 takes an encoder's features and its sentences, over pictures held out.

The service's own parts compute them: the graph on OpenVINO, as it will be served. What is measured is what
this processor computes in; publish where the service is to run.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from numpy.typing import NDArray

from caption_job import pictures
from caption_job.features import worst_cosine_distance
from caption_service import beam
from caption_service.artifact_files import ENCODER
from caption_service.captioning import Writer
from caption_service.compiled_encoder import CompiledEncoder, native
from caption_service.decoder import takes_map
from caption_service.kept_graphs import traced_apart
from caption_service.precision import Precision, agreement_figure
from diversity_contracts.manifest import MANIFEST, Manifest

MOST = 500  # pictures: a minute on two cores for EfficientNet-Lite2
_BATCH = 16
EXACT: Precision = "float32"
Tokens = tuple[int, ...]
Array = NDArray[np.float32]


@dataclass(frozen=True)
class Measured:
    """For a manifest.

    Attributes:
        drift: worst cosine distance of the features, by precision; float32's is that to Keras.
        figures: the share of tokens that are the reference's, and over how many pictures.
    """

    drift: dict[str, float]
    figures: dict[str, float]


def measure(
    encoder: Path, manifest: Manifest, writer: Writer, stored: NDArray[np.uint8], reference: Array | None
) -> Measured:
    """Every precision of this processor beside float32, and float32 beside Keras.

    Args:
        encoder: its weights.
        manifest: only `model` and `preprocessing` count.
        stored: (n, S, S, 3) pictures as they were stored for training.
        reference: Keras's features of them (n, feature_dim), where they are kept.
    """
    features: dict[Precision, Array] = {}
    with TemporaryDirectory() as place:
        draft = Path(place)
        (draft / ENCODER).symlink_to(encoder.resolve())
        (draft / MANIFEST).write_text(manifest.model_dump_json())
        traced_apart(draft, draft / "encoder.xml")
        for precision in native() | {EXACT}:
            features[precision] = _features(draft / "encoder.xml", manifest, precision, stored)
    exact = features.pop(EXACT)
    expected = _sentences(writer, exact)
    drift: dict[str, float] = {}
    figures = {"precision_pictures": float(len(stored))}
    if reference is not None and not takes_map(manifest.model):
        drift["float32"] = worst_cosine_distance(exact, reference)
        figures[agreement_figure("float32")] = agreement(_sentences(writer, reference), expected)
    for precision, found in features.items():
        flat, whole = (array.reshape(len(array), -1) for array in (found, exact))
        drift[precision] = worst_cosine_distance(flat, whole)
        figures[agreement_figure(precision)] = agreement(expected, _sentences(writer, found))
    return Measured(drift, figures)


def agreement(expected: Mapping[int, Tokens], found: Mapping[int, Tokens]) -> float:
    """The share of tokens that are the same at the same place, of the longer sentence's; ends count too."""
    same: list[bool] = [
        one == other
        for place, tokens in expected.items()
        for one, other in zip_longest((*tokens, -1), (*found[place], -1))
    ]
    return sum(same) / len(same)


def _features(graph: Path, manifest: Manifest, precision: Precision, stored: NDArray[np.uint8]) -> Array:
    rule = manifest.preprocessing
    encoder = CompiledEncoder(graph, rule, threads=os.cpu_count() or 1, precision=precision)
    parts = []
    for start in range(0, len(stored), _BATCH):
        part = stored[start : start + _BATCH]
        parts.append(encoder.encode(list(pictures.batch(part, rule.size, rule.mean, rule.std))))
    return np.concatenate(parts)


def _sentences(writer: Writer, features: Array) -> dict[int, Tokens]:
    """Both ways of writing, one after the other: greedily, and by the artifact's beam."""
    longest, penalty = writer.max_length, writer.length_penalty
    found: dict[int, Tokens] = {}
    for row in range(len(features)):
        one = features[row : row + 1]
        found[2 * row] = beam.greedy(writer.decoder, one, longest)[0].tokens
        found[2 * row + 1] = beam.beam(writer.decoder, one, writer.width, longest, penalty).tokens
    return found
