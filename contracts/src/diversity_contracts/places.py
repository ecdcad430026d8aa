"""The catalogue's map as it crosses from a view to the gateway, and on to the page."""

import base64

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from diversity_contracts.image_ids import ImageId
from diversity_contracts.shared_fields import Applied, ArtifactName, Count, GenerationName
from diversity_contracts.wire import Wire

STEPS = 16_384  # of a place's number between 0 and 1: finer than any screen
_FURTHEST = np.iinfo(np.int16).max


class Places(Wire):
    """The reply of `GET /projection`: 100,000 pictures are 0.5 MB beside their ids."""

    image_ids: list[ImageId] = Field(description="The indexed pictures, each once, in no order.")
    points: str = Field(
        description="Their places in the plane, in that order: base64 of little-endian int16, x then y of "
        "the first, of the second, and so on, in steps of 1/16384. Like pictures lie near each other; those "
        "like the training pictures lie within −1..1, all within −2..2."
    )
    artifact: ArtifactName
    generation: GenerationName = None
    count: Count
    applied: Applied


class Place(Wire):
    """The reply of `POST /projection`."""

    x: float = Field(ge=-2, le=2, description="To the right, on the scale of `GET /projection`.")
    y: float = Field(ge=-2, le=2, description="Upwards, on the scale of `GET /projection`.")
    artifact: ArtifactName
    generation: GenerationName = None


def pack_points(points: NDArray[np.float32]) -> str:
    """Places (n, 2) as `Places.points`; what lies outside −2..2 is put on its edge."""
    steps = np.clip(np.rint(points.astype(np.float64) * STEPS), -_FURTHEST, _FURTHEST)
    return base64.b64encode(steps.astype("<i2").tobytes()).decode("ascii")


def unpack_points(text: str, count: int) -> NDArray[np.float64]:
    """The inverse, (count, 2). Raises ValueError unless it holds as many."""
    packed = base64.b64decode(text, validate=True)
    if len(packed) != 2 * 2 * count:
        raise ValueError(f"these are no places of {count} pictures")
    return np.frombuffer(packed, dtype="<i2").astype(np.float64).reshape(count, 2) / STEPS
