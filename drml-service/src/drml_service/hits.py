"""Columns of an answer as its entries."""

import numpy as np
from numpy.typing import NDArray

from drml_service.search import Float64
from drml_service.searcher import Hit


def hits(ids: NDArray[np.object_], distances: Float64, percentiles: Float64) -> list[Hit]:
    """One entry a row of the columns (n,)."""
    return [
        Hit(image_id, distance, percentile)
        for image_id, distance, percentile in zip(
            ids.tolist(), distances.tolist(), percentiles.tolist(), strict=True
        )
    ]
