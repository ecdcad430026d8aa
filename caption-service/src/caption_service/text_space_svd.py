"""The truncated singular value decomposition behind latent semantic analysis (Deerwester et al. 1990)."""

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.sparse.linalg import svds


def term_directions(weights: csr_array, dimension: int) -> NDArray[np.float32]:
    """The right singular vectors of the largest singular values, (terms, dimension), largest first.

    Args:
        weights: documents × terms.
        dimension: less than either side of `weights`; ValueError otherwise.
    """
    if not 0 < dimension < min(weights.shape):
        raise ValueError(f"{dimension} directions of a matrix {weights.shape}")
    # A start that is fixed makes the same directions of the same captions.
    start = np.full(min(weights.shape), 1 / np.sqrt(min(weights.shape)))
    _, values, rows = svds(weights.astype(np.float64), k=dimension, v0=start, return_singular_vectors="vh")
    directions = rows[np.argsort(-values, kind="stable")].T
    # Each direction's sign is open: its largest entry is made positive.
    signs = np.sign(directions[np.abs(directions).argmax(axis=0), np.arange(dimension)])
    return np.ascontiguousarray(directions * signs, dtype=np.float32)
