"""Golden inputs: a known picture, and what the network must answer to it."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from diversity_contracts.manifest import BadArtifact, Golden
from diversity_contracts.pictures import decode
from diversity_contracts.problems import ProblemError

Answer = NDArray[np.float32] | NDArray[np.float64]


def check(golden: Golden, data: bytes, answer: Callable[[Image.Image], Answer]) -> None:
    """Compare the answer (n,) to a golden picture, its first numbers by cosine distance, with what was
    published.

    Raises BadArtifact: no picture, numbers that are not finite, or further off than allowed.
    """
    try:
        picture = decode(data).image
    except ProblemError as error:
        raise BadArtifact(f"The golden input {golden.file!r} is no picture: {error.detail}") from error
    whole = answer(picture)
    first, expected = whole[: len(golden.output)].astype(np.float64), np.asarray(golden.output)
    scale = float(np.linalg.norm(first) * np.linalg.norm(expected))
    if not np.isfinite(whole).all() or len(first) < len(expected) or not 0 < scale < np.inf:
        raise BadArtifact(f"The answer to the golden input {golden.file!r} is not a finite embedding.")
    distance = 1 - float(first @ expected) / scale
    if not distance <= golden.tolerance:
        raise BadArtifact(
            f"The answer to the golden input {golden.file!r} is {distance:.2g} away in cosine distance; "
            f"{golden.tolerance:.2g} is allowed."
        )
