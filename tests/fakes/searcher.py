"""A searcher that is obviously right: every distance, sorted, every percentile counted."""

import numpy as np
from numpy.typing import NDArray

from drml_service.search import End, Float32
from drml_service.searcher import Hit
from drml_service.table import Table


def all_entries(table: Table) -> list[tuple[str, NDArray[np.float32]]]:
    """(image_id, x) row by row."""
    return [
        (str(image_id), vector)
        for block in table.blocks
        for image_id, vector in zip(block.ids, block.vectors, strict=True)
    ]


class BruteForce:
    """The definition, spelled out; the naive twin of every faster searcher."""

    def end(self, table: Table, query: Float32, n: int, end: End, *, own: int | None = None) -> list[Hit]:
        hits = [hit for row, hit in enumerate(self._all(table, query, own)) if row != own]
        sign = 1 if end == "nearest" else -1
        return sorted(hits, key=lambda hit: (sign * hit.distance, hit.image_id))[:n]

    def measure(
        self, table: Table, query: Float32, rows: NDArray[np.intp], *, own: int | None = None
    ) -> list[Hit]:
        every = self._all(table, query, own)
        return [every[row] for row in rows]

    def _all(self, table: Table, query: Float32, own: int | None) -> list[Hit]:
        wide = query.astype(np.float64)
        named = [
            (image_id, float(np.sqrt(np.sum((vector.astype(np.float64) - wide) ** 2))))
            for image_id, vector in all_entries(table)
        ]
        counted = np.array([distance for row, (_, distance) in enumerate(named) if row != own])
        hits = []
        for image_id, distance in named:
            closer, tied = int((counted < distance).sum()), int((counted == distance).sum()) - 1
            share = (closer + 0.5 * tied) / (len(counted) - 1) if len(counted) > 1 else 0.5
            hits.append(Hit(image_id, distance, share))
        return hits
