"""The distances between given pictures as they cross from a view to the gateway."""

import base64

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from diversity_contracts.image_ids import ImageId
from diversity_contracts.shared_fields import Applied, ArtifactName, Count, GenerationName
from diversity_contracts.wire import Wire

MAX_PAIRED = 1_000


class PairsQuery(Wire):
    """The pictures to compare with each other."""

    image_ids: list[ImageId] = Field(max_length=MAX_PAIRED, description="Each once, at most 1,000.")


class Pairs(Wire):
    """The reply of `/pairwise`: a thousand pictures have half a million distances, 2.7 MB in this form."""

    image_ids: list[ImageId] = Field(description="Those asked for that the index holds, in the order asked.")
    distances: str = Field(
        description="Between any two of them: DRML's Euclidean, the caption view's 1 − similarity. Base64 of "
        "little-endian float32: first with second, third, ...; second with third, ...; and so on."
    )
    artifact: ArtifactName
    generation: GenerationName = None
    count: Count
    applied: Applied


def pack_pairs(distances: NDArray[np.float64]) -> str:
    """A symmetric matrix (m, m) as `Pairs.distances`; the diagonal is left out."""
    upper = distances[np.triu_indices(len(distances), 1)]
    return base64.b64encode(upper.astype("<f4").tobytes()).decode("ascii")


def unpack_pairs(text: str, count: int) -> NDArray[np.float64]:
    """The inverse, (count, count) with zeros on the diagonal.

    Raises ValueError unless it holds as many finite numbers, none below 0.
    """
    refusal = f"these are no distances between {count} pictures"
    packed = base64.b64decode(text, validate=True)
    if len(packed) != 4 * (count * (count - 1) // 2):
        raise ValueError(refusal)
    upper = np.frombuffer(packed, dtype="<f4").astype(np.float64)
    if not (upper >= 0).all() or not np.isfinite(upper).all():
        raise ValueError(refusal)
    distances = np.zeros((count, count))
    distances[np.triu_indices(count, 1)] = upper
    return distances + distances.T
