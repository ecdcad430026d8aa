"""From a picture's bytes to its sentence: decoded, prepared, encoded, written."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol, Self

import numpy as np
from PIL import Image

from caption_service import beam
from caption_service.decoder import Decoder
from caption_service.decoder_arrays import whole
from caption_service.decoder_state import Float32
from caption_service.precision import Precision
from caption_service.vocabulary import Vocabulary
from caption_service.written import Written
from diversity_contracts.manifest import BadArtifact
from diversity_contracts.pictures import MAX_PIXELS, Decode, decode
from diversity_contracts.problems import NotAPicture, ProblemError
from diversity_contracts.reductions import Reduction
from diversity_view.decoding import answered
from diversity_view.timing import Observe, timed

# What is written where nobody asks for a width, unless the artifact's model says `beam` itself.
DEFAULT_BEAM = 3
WIDEST_BEAM = 10
UNUSABLE = "The network has no finite answer for this picture."


class Encoder(Protocol):
    """An artifact's picture network. Called from several threads."""

    @property
    def runtime(self) -> str:
        """What computes it."""

    @property
    def precision(self) -> Precision:
        """What it computes in."""

    @property
    def reduction(self) -> Reduction | None:
        """What makes a picture small as it is decoded; None: it is decoded whole."""

    def prepare(self, picture: Image.Image) -> Float32:
        """An RGB picture to the network's input (size, size, 3)."""

    def encode(self, inputs: Sequence[Float32]) -> Float32:
        """Inputs to what the decoder's `begin` takes: (n, feature_dim) or (n, positions, feature_dim)."""


@dataclass(frozen=True, slots=True)
class Writer:
    """Features to sentences; `width` 1 is greedy."""

    decoder: Decoder
    vocabulary: Vocabulary
    max_length: int
    width: int = DEFAULT_BEAM
    length_penalty: float = 0.0

    @classmethod
    def of(
        cls, decoder: Decoder, vocabulary: Vocabulary, model: Mapping[str, bool | int | float | str]
    ) -> Self:
        """The writer that a manifest's `model` describes: `max_length`, and optionally `beam` (the width) and
        `length_penalty`. Raises BadArtifact for values that make no sense."""
        width, penalty = model.get("beam", DEFAULT_BEAM), model.get("length_penalty", 0.0)
        if not isinstance(width, int) or not 1 <= width <= WIDEST_BEAM:
            raise BadArtifact(f"The model's beam must be 1 to {WIDEST_BEAM}, not {width!r}.")
        if not isinstance(penalty, int | float) or not 0 <= penalty <= 10:
            raise BadArtifact(f"The model's length_penalty must be 0 to 10, not {penalty!r}.")
        if whole(model, "vocabulary_size") != vocabulary.size:
            raise BadArtifact(f"The vocabulary has {vocabulary.size} words, which the model does not expect.")
        return cls(decoder, vocabulary, whole(model, "max_length"), width, float(penalty))

    def write(self, features: Float32, width: int | None = None) -> Written:
        """The sentence of one picture; features with a first axis of 1, finite."""
        width = width or self.width
        if width == 1:
            sentence = beam.greedy(self.decoder, features, self.max_length)[0]
        else:
            sentence = beam.beam(self.decoder, features, width, self.max_length, self.length_penalty)
        return Written(self.vocabulary.decode(sentence.tokens), min(0.0, sentence.log_probability))


class Captioning:
    """Bytes to sentences, one query or a batch of changes at a time."""

    def __init__(
        self,
        encoder: Encoder,
        writer: Writer,
        *,
        observe: Observe,
        max_pixels: int = MAX_PIXELS,
        decode: Decode = decode,
        at_once: int = 1,
    ) -> None:
        self.writer = writer
        self.precision: Precision = encoder.precision
        self.facts: Mapping[str, object] = {"runtime": encoder.runtime, "precision": encoder.precision}
        self._encoder, self._observe, self._max_pixels = encoder, observe, max_pixels
        self._decode, self._at_once = decode, at_once

    def written(self, pictures: Sequence[bytes], width: int | None = None) -> list[Written | ProblemError]:
        """For each picture its sentence, or why it has none; `width` as in `Writer`."""

        def encode(inputs: Sequence[Float32]) -> list[Written | ProblemError]:
            with timed(self._observe, "encode"):
                features = self._encoder.encode(inputs)
            with timed(self._observe, "write"):
                return [self._sentence(features[row : row + 1], width) for row in range(len(features))]

        return answered(
            pictures,
            self._encoder.prepare,
            encode,
            max_pixels=self._max_pixels,
            observe=self._observe,
            reduction=self._encoder.reduction,
            decode=self._decode,
            at_once=self._at_once,
        )

    def one(self, picture: bytes, width: int | None = None) -> Written:
        """The sentence of one picture. Raises NotAPicture or TooLarge."""
        found = self.written([picture], width)[0]
        if isinstance(found, ProblemError):
            raise found
        return found

    def _sentence(self, features: Float32, width: int | None) -> Written | ProblemError:
        if not np.isfinite(features).all():
            return NotAPicture(UNUSABLE)
        return self.writer.write(features, width)
