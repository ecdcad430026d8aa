"""Rows fetched from Milvus as the entries of an answer. Pure."""

import numpy as np

from diversity_view.usual import Usual
from drml_service.milvus.table import Gathered
from drml_service.search import Float64
from drml_service.searcher import Hit


def listed(gathered: Gathered, distances: Float64, percentiles: Float64, *, corrected: bool) -> list[Hit]:
    """One hit for each of the columns (n,); with `adjusted`, as `correction` defines it, if asked."""
    ids = gathered.ids.tolist()
    adjusted: list[float | None] = [None] * len(ids)
    if corrected and ids:
        usual = Usual().changed(ids, gathered.statistics)
        adjusted = np.asarray(usual.adjusted(ids, distances**4)).tolist()
    return [
        Hit(*columns) for columns in zip(ids, distances.tolist(), percentiles.tolist(), adjusted, strict=True)
    ]
