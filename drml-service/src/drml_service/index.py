"""The index over FAISS: one inner-product scan in float32 for either end, proven and rescored in float64."""

from dataclasses import dataclass

import faiss
import numpy as np
from numpy.typing import NDArray

from diversity_view.ranks import percentiles_among
from drml_service import search
from drml_service.hits import hits
from drml_service.search import End, Float32, Float64
from drml_service.searcher import Hit
from drml_service.table import Table

# Fetched per block beyond what is asked for, so that the first proof nearly always holds.
SLACK = 6


class FaissSearcher:
    """The reference implementation: a flat scan of every block, one thread a query."""

    def end(self, table: Table, query: Float32, n: int, end: End, *, own: int | None = None) -> list[Hit]:
        counted = len(table) - (own is not None)
        wanted = min(n, counted)
        if wanted <= 0:
            return []
        distances, rows = _EndSearch(table, query, end, wanted, own).run()
        ids = table.ids(rows)
        order = search.ordered(distances, ids, end)
        percentiles = search.percentiles_at_end(distances[order], end, counted - 1)
        best = order[:wanted]
        return hits(ids[best], distances[best], percentiles[:wanted])

    def measure(
        self, table: Table, query: Float32, rows: NDArray[np.intp], *, own: int | None = None
    ) -> list[Hit]:
        if len(rows) == 0:
            return []
        square = _square(query)
        error = search.scan_error(table.dimension, square**0.5, _largest_norm(table))
        augmented = search.augmented_query(query, "farthest")
        products = np.concatenate([_all_products(block.rows, augmented) for block in table.blocks])
        scanned = products.astype(np.float64) + square
        asked = search.exact_distances(query, table.vectors(rows))
        values: Float64 = np.sqrt(np.maximum(scanned, 0))
        # A row further than the error from every asked distance is on its right side already.
        unsure = search.undecided(scanned, np.unique(asked) ** 2, error)
        values[unsure] = search.exact_distances(query, table.vectors(unsure))
        counted = values if own is None else np.delete(values, own)
        return hits(table.ids(rows), asked, percentiles_among(counted, asked))


@dataclass(slots=True)
class _Fetched:
    """What has been fetched from one block: inner products, best first, and their rows within the block."""

    values: Float32
    rows: NDArray[np.intp]
    complete: bool


@dataclass(frozen=True, slots=True)
class _EndSearch:
    """Every row that is at or before the `wanted`th place, ties with it included, and perhaps some more."""

    table: Table
    query: Float32
    end: End
    wanted: int
    own: int | None

    def run(self) -> tuple[Float64, NDArray[np.intp]]:
        """Distances and rows: fetched deeper, block by block, until nothing outside can be as good."""
        blocks, square = self.table.blocks, _square(self.query)
        augmented = search.augmented_query(self.query, self.end)
        errors = [
            search.scan_error(self.table.dimension, square**0.5, block.largest_norm) for block in blocks
        ]
        fetched: dict[int, _Fetched] = {}
        unproven, depth = list(range(len(blocks))), self.wanted + (self.own is not None) + SLACK
        while True:
            for number in unproven:
                fetched[number] = _fetch(blocks[number].rows, augmented, depth)
            distances, rows = self._rescored(fetched, max(errors))
            # The last wanted distance in the scan's terms, d² − ‖q‖², negated for the nearest.
            if self.end == "farthest":
                bar = float(np.partition(distances, -self.wanted)[-self.wanted]) ** 2 - square
            else:
                bar = square - float(np.partition(distances, self.wanted - 1)[self.wanted - 1]) ** 2
            unproven = [
                number
                for number, part in fetched.items()
                if not part.complete and float(part.values[-1]) + errors[number] >= bar
            ]
            if not unproven:
                return distances, rows
            depth *= 2

    def _rescored(self, fetched: dict[int, _Fetched], error: float) -> tuple[Float64, NDArray[np.intp]]:
        """The fetched rows that may be among the wanted ones, and their distances."""
        values = np.concatenate([part.values for part in fetched.values()]).astype(np.float64)
        rows = np.concatenate(
            [part.rows + number * self.table.block_rows for number, part in fetched.items()]
        )
        if self.own is not None:
            values, rows = values[rows != self.own], rows[rows != self.own]
        # `wanted` rows have this value or a larger one; what is less by twice the error is behind them all.
        floor = np.partition(values, -self.wanted)[-self.wanted]
        rows = rows[values >= floor - 2 * error]
        return search.exact_distances(self.query, self.table.vectors(rows)), rows


def _fetch(rows: Float32, query: Float32, depth: int) -> _Fetched:
    """The `depth` largest inner products of a block, or all of them where that is no dearer."""
    if depth * 4 < len(rows):
        values, found = faiss.knn(query[None], rows, depth, metric=faiss.METRIC_INNER_PRODUCT)
        return _Fetched(values[0], found[0].astype(np.intp), complete=False)
    return _Fetched(_all_products(rows, query), np.arange(len(rows)), complete=True)


def _all_products(rows: Float32, query: Float32) -> Float32:
    products = np.empty(len(rows), dtype=np.float32)
    faiss.fvec_inner_products_ny(  # type: ignore[attr-defined]  # made at run time
        faiss.swig_ptr(products), faiss.swig_ptr(query), faiss.swig_ptr(rows), rows.shape[1], len(rows)
    )
    return products


def _square(query: Float32) -> float:
    return float(search.squared_norms(query[None])[0])


def _largest_norm(table: Table) -> float:
    return max(block.largest_norm for block in table.blocks)
