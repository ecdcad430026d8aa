"""A golden picture's features, held against what was published."""

import numpy as np
from PIL import Image

from caption_service.captioning import Encoder
from caption_service.decoder_state import Float32
from caption_service.precision import LARGEST_DRIFT
from diversity_contracts.manifest import Golden
from diversity_view import golden


def agree(encoder: Encoder, answer: Golden, data: bytes) -> Float32:
    """The picture's features, (1, ...) as the decoder takes them, once they agree.

    Raises BadArtifact when they do not: float32 to the artifact's tolerance, another precision to the drift
    that it was admitted with.
    """
    if encoder.precision != "float32":
        answer = answer.model_copy(update={"tolerance": max(answer.tolerance, LARGEST_DRIFT)})
    found: list[Float32] = []

    def encoded(picture: Image.Image) -> Float32:
        found.append(encoder.encode([encoder.prepare(picture)]))
        return np.ravel(found[0])

    golden.check(answer, data, encoded)
    return found[0]
