"""The isometry from the embedding's 4096 numbers to the r that carry its distances, without loss.

    e = W f + b,  W = QR  (Q: 4096 × r with orthonormal columns)
    ‖e₁ − e₂‖ = ‖W (f₁ − f₂)‖ = ‖R (f₁ − f₂)‖

With unit-length embeddings, e = (W f + b) / ‖W f + b‖, the columns of [W b] are factored instead, one more
number: e = Q R [f 1] / ‖R [f 1]‖. In both cases x = Qᵀe less a fixed centre, which keeps ‖x‖, and with it the
float32 rounding of a scan, small.
"""

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

Float32 = NDArray[np.float32]
Float64 = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Isometry:
    """basis Q (m, r), factor R (r, columns), centre (r,), bias b (m,); all float64."""

    basis: Float64
    factor: Float64
    centre: Float64
    bias: Float64
    normalise: bool

    @classmethod
    def of(cls, weight: Float32, bias: Float32, *, normalise: bool, mean: Float32 | None = None) -> Self:
        """Factor a linear embedding.

        Args:
            weight: W, (m, d).
            bias: b, (m,).
            normalise: whether embeddings are divided by their length.
            mean: the mean embedding (m,) that becomes the origin; None leaves the origin where it is.
        """
        columns = np.asarray(weight, dtype=np.float64)
        offset = np.asarray(bias, dtype=np.float64)
        if normalise:
            columns = np.column_stack([columns, offset])
        basis, factor = np.linalg.qr(columns)
        # QR leaves each column's sign open; a diagonal R ≥ 0 makes it the same on every machine.
        signs = np.where(np.diagonal(factor) < 0, -1.0, 1.0)
        basis, factor = basis * signs, factor * signs[:, None]
        centre = np.zeros(basis.shape[1])
        if mean is not None:
            origin = np.asarray(mean, dtype=np.float64)
            centre = basis.T @ (origin if normalise else origin - offset)
        return cls(basis, factor, centre, offset, normalise)

    @property
    def dimension(self) -> int:
        """r, the length of a reduced vector."""
        return int(self.basis.shape[1])

    def reduce(self, features: Float32) -> Float32:
        """f (n, d) to x (n, r): the distances between rows are those between embeddings, in float32."""
        wide = np.asarray(features, dtype=np.float64)
        if self.normalise:
            wide = np.column_stack([wide, np.ones(len(wide))])
            projected = wide @ self.factor.T
            # torch's normalize has the same floor: an embedding of all zeros stays zero.
            length = np.linalg.norm(projected, axis=1, keepdims=True)
            projected = projected / np.maximum(length, 1e-12)
        else:
            projected = wide @ self.factor.T
        reduced: Float32 = (projected - self.centre).astype(np.float32)
        return reduced

    def lift(self, reduced: Float32) -> Float64:
        """x (n, r) back to the embeddings e (n, m)."""
        lifted: Float64 = (np.asarray(reduced, dtype=np.float64) + self.centre) @ self.basis.T
        return lifted if self.normalise else lifted + self.bias
