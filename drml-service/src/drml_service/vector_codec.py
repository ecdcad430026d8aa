"""A vector as the bytes the store keeps: little-endian float32."""

from dataclasses import dataclass

import numpy as np

from drml_service.search import Float32


@dataclass(frozen=True, slots=True)
class VectorCodec:
    """Vectors of `dimension` numbers, bit for bit."""

    dimension: int

    def pack(self, content: Float32) -> bytes:
        """A vector (r,) as 4r bytes."""
        return np.ascontiguousarray(content, dtype="<f4").tobytes()

    def unpack(self, payload: bytes) -> Float32:
        """4r bytes as a vector (r,); raises ValueError for another length."""
        if len(payload) != 4 * self.dimension:
            raise ValueError(f"{len(payload)} bytes are no vector of {self.dimension} numbers")
        return np.frombuffer(payload, dtype="<f4").astype(np.float32)
