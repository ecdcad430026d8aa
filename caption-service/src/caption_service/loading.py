"""An artifact's files as what writes and compares sentences, held against its golden pictures."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from safetensors import SafetensorError
from safetensors.numpy import load_file

from caption_service import decoder, text_space_files
from caption_service.artifact_files import DECODER, VOCABULARY
from caption_service.captioning import Encoder, Writer
from caption_service.golden_features import agree
from caption_service.text_space import TextSpace
from caption_service.vocabulary import Vocabulary
from diversity_contracts.manifest import BadArtifact, Golden, Manifest

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
        load_encoder(folder, manifest), load_writer(folder, manifest), load_space(folder, manifest)
    )
    for answer in manifest.golden:
        check(loaded, answer, (folder / answer.file).read_bytes())
    return loaded


def load_space(folder: Path, manifest: Manifest) -> TextSpace:
    """The text space. Raises BadArtifact, also where its captions were not cleaned as the model says."""
    space = text_space_files.load(folder)
    stated = manifest.model.get("cleaning", "default")  # manifests from before it was stated
    if space.cleaning != stated:
        raise BadArtifact(f"The text space's cleaning is {space.cleaning!r}, the model's {stated!r}.")
    return space


def load_writer(folder: Path, manifest: Manifest) -> Writer:
    """The decoder and its vocabulary. Raises BadArtifact."""
    try:
        tensors = load_file(folder / DECODER)
        words = json.loads((folder / VOCABULARY).read_text())
    except (OSError, SafetensorError, ValueError, TypeError, KeyError) as error:
        raise BadArtifact(f"The decoder or its vocabulary cannot be read: {error}") from error
    return Writer.of(decoder.load(tensors, manifest.model), Vocabulary.from_json(words), manifest.model)


def check(loaded: Loaded, answer: Golden, data: bytes) -> None:
    """Compare a golden picture's features, and its sentence word for word, with what was published.

    Sentences are float32's: of another precision only the features are compared. Raises BadArtifact.
    """
    features = agree(loaded.encoder, answer, data)
    if answer.sentence is None or loaded.encoder.precision != "float32":
        return
    sentence = loaded.writer.write(features).sentence
    if sentence != answer.sentence:
        raise BadArtifact(
            f"The sentence for the golden input {answer.file!r} is {sentence!r}, not {answer.sentence!r}."
        )
