"""From a picture's bytes to its vector: decoded, prepared, encoded."""

import hashlib
from collections.abc import Sequence
from typing import Protocol

from PIL import Image

from diversity_contracts.pictures import MAX_PIXELS, Decode, decode
from diversity_contracts.problems import NotAPicture, ProblemError
from diversity_contracts.reductions import Reduction
from diversity_view.decoding import answered
from diversity_view.timing import Observe, timed
from drml_service.search import LARGEST_SQUARE, Float32, Float64, squared_norms

# How bytes become an input. Whoever changes that, so that known bytes get another vector, changes this word.
READING = "halved"


def index_key(digest: str, form: str) -> str:
    """What an index of vectors is bound to: the artifact's `digest`, and how pictures became vectors.

    Vectors of two forms, or of two ways to read a picture, never stand in one index.
    """
    return hashlib.sha256(f"{digest} {form} {READING}".encode()).hexdigest()


class Encoder(Protocol):
    """An artifact's network. Called from several threads."""

    @property
    def precision(self) -> str:
        """What it computes in."""

    @property
    def form(self) -> str:
        """What its numbers are called: an index holds those of one form."""

    @property
    def runtime(self) -> str:
        """What computes it."""

    @property
    def note(self) -> str | None:
        """Why that is not what was asked for; None where it is."""

    @property
    def reduction(self) -> Reduction | None:
        """What `prepare` needs of a picture; None: the picture as it is."""

    @property
    def dimension(self) -> int:
        """r, the length of a vector."""

    def prepare(self, picture: Image.Image) -> Float32:
        """An RGB picture to the network's input; small, whatever the picture's size."""

    def encode(self, inputs: Sequence[Float32]) -> Float32:
        """Inputs to vectors (n, r)."""

    def lift(self, vectors: Float32) -> Float64:
        """Vectors (n, r) to embeddings."""


class PictureEncoding:
    """Bytes to vectors, one query or a batch of changes at a time."""

    def __init__(
        self,
        encoder: Encoder,
        *,
        observe: Observe,
        max_pixels: int = MAX_PIXELS,
        decode: Decode = decode,
        at_once: int = 1,
    ) -> None:
        self.encoder = encoder
        self._observe, self._max_pixels, self._decode, self._at_once = observe, max_pixels, decode, at_once

    @property
    def dimension(self) -> int:
        """r, the length of a vector."""
        return self.encoder.dimension

    @property
    def facts(self) -> dict[str, object]:
        """How pictures become vectors, for whoever looks after the service."""
        encoder = self.encoder
        return {"runtime": encoder.runtime, "precision": encoder.precision, "runtime_note": encoder.note}

    def vector(self, data: bytes) -> Float32:
        """The vector (r,) of one picture. Raises NotAPicture or TooLarge."""
        found = self.vectors([data])[0]
        if isinstance(found, ProblemError):
            raise found
        return found

    def vectors(self, pictures: Sequence[bytes]) -> list[Float32 | ProblemError]:
        """For each picture its vector (r,), or why it has none."""
        return answered(
            pictures,
            self.encoder.prepare,
            self._encoded,
            max_pixels=self._max_pixels,
            observe=self._observe,
            reduction=self.encoder.reduction,
            decode=self._decode,
            at_once=self._at_once,
        )

    def _encoded(self, inputs: Sequence[Float32]) -> list[Float32 | ProblemError]:
        with timed(self._observe, "encode"):
            vectors = self.encoder.encode(inputs)
        return [_checked(vector) for vector in vectors]


def _checked(vector: Float32) -> Float32 | ProblemError:
    if squared_norms(vector[None])[0] <= LARGEST_SQUARE:  # false for NaN too
        return vector
    return NotAPicture("The network has no finite answer for this picture.")
