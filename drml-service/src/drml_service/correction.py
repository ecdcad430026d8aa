"""The correction for hubs: how far a picture is from a query beside how far it usually is.

    a(q, x) = (D(q, x)⁴ − μ(x)) ÷ σ(x)      μ, σ: mean and deviation of D(r, x)⁴ over the reference sample

The sample is the artifact's own. The fourth power gives weight to the far part of each picture's distances,
which is where a far band lies; `docs/correction.md` compares it with other powers and other corrections.

From a history, D is the distance of the member that holds the picture: the one with the least D ÷ weight.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from diversity_view.usual import statistics_of
from drml_service.search import End, Float32, Float64
from drml_service.searcher import Hit, Searcher, ends_of
from drml_service.table import Table

# Rows of one product. It is always so large, for BLAS may sum another shape in another order.
_ROWS = 256


def usual_distances(vectors: Float32, reference: Float32) -> Float64:
    """μ and σ (n, 2) of vectors (n, r) over a reference sample (m, r), in float64.

    100,000 vectors and 2,000 references of 513 numbers are 2·10¹¹ operations: about 6 s on one core.
    """
    sample = reference.astype(np.float64)
    squares = np.square(sample).sum(axis=1)
    statistics = np.empty((len(vectors), 2))
    block = np.zeros((_ROWS, sample.shape[1]))
    for start in range(0, len(vectors), _ROWS):
        part = vectors[start : start + _ROWS]
        block[: len(part)] = part
        squared = np.square(block).sum(axis=1)[:, None] + squares - 2 * block @ sample.T
        powers = np.square(np.maximum(squared, 0))
        statistics[start : start + len(part)] = statistics_of(powers)[: len(part)]
    return statistics


@dataclass(frozen=True, slots=True)
class CorrectingSearcher:
    """Another searcher's answers with `adjusted`, but for lists from the near end."""

    searcher: Searcher

    def end(self, table: Table, query: Float32, n: int, end: End, *, own: int | None = None) -> list[Hit]:
        hits = self.searcher.end(table, query, n, end, own=own)
        return hits if end == "nearest" else corrected(table, hits)

    def ends(
        self, table: Table, queries: Float32, n: int, end: End, *, owns: Sequence[int | None]
    ) -> list[list[Hit]]:
        found = ends_of(self.searcher, table, queries, n, end, owns=owns)
        return found if end == "nearest" else [corrected(table, hits) for hits in found]

    def measure(
        self, table: Table, query: Float32, rows: NDArray[np.intp], *, own: int | None = None
    ) -> list[Hit]:
        return corrected(table, self.searcher.measure(table, query, rows, own=own))


def corrected(table: Table, hits: list[Hit]) -> list[Hit]:
    """The same with `adjusted`, where the table knows what is usual."""
    if table.usual is None or not hits:
        return hits
    distances = np.array([hit.distance for hit in hits])
    adjusted = table.usual.adjusted([hit.image_id for hit in hits], distances**4).tolist()
    return [
        Hit(hit.image_id, hit.distance, hit.percentile, value)
        for hit, value in zip(hits, adjusted, strict=True)
    ]
