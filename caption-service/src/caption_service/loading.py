"""An artifact's files as what writes and compares sentences, held against its golden pictures."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from safetensors import SafetensorError
from safetensors.numpy import load_file

from caption_service import decoder, text_space_files
from caption_service.artifact_files import DECODER, VOCABULARY
from caption_service.captioning import Encoder, Writer
from caption_service.text_space import TextSpace
from caption_service.vocabulary import Vocabulary
from diversity_contracts.manifest import BadArtifact, Golden, Manifest
from diversity_contracts.pictures import decode
from diversity_contracts.problems import ProblemError

STARTER = Path(__file__).with_name("starter")
LoadEncoder = Callable[[Path, Manifest], Encoder]


@dataclass(frozen=True, slots=True)
class Loaded:
    """What one artifact brings."""

    encoder: Encoder
    writer: Writer
    space: TextSpace


def load(folder: Path, manifest: Manifest, load_encoder: LoadEncoder) -> Loaded:
    """Everything of a verified artifact, its golden pictures asked.

    Raises BadArtifact: a file that is not what it should be, numbers that are not finite, or another answer
    to a golden picture than was published.
    """
    loaded = Loaded(
        load_encoder(folder, manifest), load_writer(folder, manifest), text_space_files.load(folder)
    )
    for golden in manifest.golden:
        check(loaded, golden, (folder / golden.file).read_bytes())
    return loaded


def load_writer(folder: Path, manifest: Manifest) -> Writer:
    """The decoder and its vocabulary. Raises BadArtifact."""
    try:
        tensors = load_file(folder / DECODER)
        words = json.loads((folder / VOCABULARY).read_text())
    except (OSError, SafetensorError, ValueError, TypeError, KeyError) as error:
        raise BadArtifact(f"The decoder or its vocabulary cannot be read: {error}") from error
    return Writer.of(decoder.load(tensors, manifest.model), Vocabulary.from_json(words), manifest.model)


def check(loaded: Loaded, golden: Golden, data: bytes) -> None:
    """Compare a golden picture's features, the first numbers by cosine distance, and its sentence, word for
    word, with what was published. Raises BadArtifact."""
    try:
        picture = decode(data).image
    except ProblemError as error:
        raise BadArtifact(f"The golden input {golden.file!r} is no picture: {error.detail}") from error
    features = loaded.encoder.encode([loaded.encoder.prepare(picture)])
    answer = features.ravel()[: len(golden.output)].astype(np.float64)
    expected = np.asarray(golden.output)
    scale = float(np.linalg.norm(answer) * np.linalg.norm(expected))
    if not np.isfinite(features).all() or len(answer) < len(expected) or not 0 < scale < np.inf:
        raise BadArtifact(f"The answer to the golden input {golden.file!r} is not finite.")
    distance = 1 - float(answer @ expected) / scale
    if not distance <= golden.tolerance:
        raise BadArtifact(
            f"The answer to the golden input {golden.file!r} is {distance:.2g} away in cosine distance; "
            f"{golden.tolerance:.2g} is allowed."
        )
    sentence = loaded.writer.write(features).sentence
    if golden.sentence is not None and sentence != golden.sentence:
        raise BadArtifact(
            f"The sentence for the golden input {golden.file!r} is {sentence!r}, not {golden.sentence!r}."
        )
