"""A vector as text, the form in which it crosses from one process to another."""

import base64

import numpy as np
from numpy.typing import NDArray

from diversity_contracts.problems import InvalidParameter


def encode_vector(vector: NDArray[np.float32]) -> str:
    """A vector of shape (d,) as base64 of little-endian float32."""
    return base64.b64encode(np.ascontiguousarray(vector, dtype="<f4").tobytes()).decode("ascii")


def decode_vector(text: str, *, dimension: int) -> NDArray[np.float32]:
    """The inverse of `encode_vector`; raises InvalidParameter unless it holds `dimension` finite numbers."""
    try:
        raw = base64.b64decode(text, validate=True)
    except ValueError as error:
        raise InvalidParameter("`representation` is not valid base64.") from error
    if len(raw) != 4 * dimension:
        raise InvalidParameter(f"`representation` must hold {dimension} float32 numbers.")
    vector = np.frombuffer(raw, dtype="<f4").astype(np.float32)
    if not np.isfinite(vector).all():
        raise InvalidParameter("`representation` holds numbers that are not finite.")
    return vector
