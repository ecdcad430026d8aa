"""The index over FAISS: one inner-product scan in float32 for either end, proven and rescored in float64."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import faiss
import numpy as np
from numpy.typing import NDArray

from drml_service import search
from drml_service.search import End, Float32, Float64
from drml_service.table import BLOCK_ROWS, Table

# Fetched per block beyond what is asked for, so that the first proof nearly always holds.
SLACK = 6


@dataclass(frozen=True, slots=True)
class Hit:
    """An indexed picture as seen from a query."""

    image_id: str
    distance: float
    percentile: float


class Searcher(Protocol):
    """Searches one table. Implementations differ in speed, never in an answer."""

    def end(self, table: Table, query: Float32, n: int, end: End, own: int | None) -> list[Hit]:
        """The `n` pictures at one end of the ranking from `query` (r,), ties by id; row `own` is not counted."""

    def measure(self, table: Table, query: Float32, rows: NDArray[np.intp], own: int | None) -> list[Hit]:
        """The pictures at `rows`, none of them `own`, measured against the whole table."""


@dataclass(slots=True)
class _Fetched:
    """What has been fetched from one block: inner products, best first, and their rows within the block."""

    values: Float32
    rows: NDArray[np.intp]
    complete: bool


class FaissSearcher:
    """The reference implementation: a flat scan of every block, one thread a query."""

    def end(self, table: Table, query: Float32, n: int, end: End, own: int | None) -> list[Hit]:
        counted = len(table) - (own is not None)
        wanted = min(n, counted)
        if wanted <= 0:
            return []
        augmented = search.augmented_query(query, end)
        square, norm = _square_and_norm(query)
        errors = [search.scan_error(table.dimension, norm, block.largest_norm) for block in table.blocks]
        fetched: dict[int, _Fetched] = {}
        open_blocks, depth = list(range(len(table.blocks))), wanted + (own is not None) + SLACK
        while True:
            for number in open_blocks:
                fetched[number] = _fetch(table.blocks[number].rows, augmented, depth)
            distances, rows = _rescored(table, query, fetched, wanted, max(errors), own)
            last = np.partition(distances if end == "nearest" else -distances, wanted - 1)[wanted - 1]
            # d² − ‖q‖² of the last wanted entry, in the scan's sign: larger is nearer to this end.
            bar = (square - last**2) if end == "nearest" else (last**2 - square)
            open_blocks = [
                number
                for number, part in fetched.items()
                if not part.complete and float(part.values[-1]) + errors[number] >= bar
            ]
            if not open_blocks:
                return _hits(table, distances, rows, wanted, counted - 1, end)
            depth *= 2

    def measure(self, table: Table, query: Float32, rows: NDArray[np.intp], own: int | None) -> list[Hit]:
        if len(rows) == 0:
            return []
        square, norm = _square_and_norm(query)
        augmented = search.augmented_query(query, "farthest")
        scanned = np.concatenate([_all_products(block.rows, augmented) for block in table.blocks]) + square
        error = max(search.scan_error(table.dimension, norm, block.largest_norm) for block in table.blocks)
        asked = search.exact_distances(query, table.vectors(rows))
        values: Float64 = np.sqrt(np.maximum(scanned, 0))
        # A row further than the error from every asked distance is on its right side already.
        unsure = search.undecided(scanned, np.unique(asked) ** 2, error)
        values[unsure] = search.exact_distances(query, table.vectors(unsure))
        counted = values if own is None else np.delete(values, own)
        percentiles = search.percentiles_among(counted, asked)
        return [
            Hit(str(_id(table, row)), float(distance), float(percentile))
            for row, distance, percentile in zip(rows, asked, percentiles, strict=True)
        ]


def pairwise(vectors: Sequence[Float32 | None]) -> list[list[float | None]]:
    """The distances between vectors (r,), row by row; null beside a missing one."""
    present = [vector for vector in vectors if vector is not None]
    matrix = np.stack(present) if present else np.empty((0, 0), dtype=np.float32)
    rows: list[list[float | None]] = []
    for vector in vectors:
        found = iter(() if vector is None else search.exact_distances(vector, matrix).tolist())
        rows.append([None if vector is None or other is None else next(found) for other in vectors])
    return rows


def _square_and_norm(query: Float32) -> tuple[float, float]:
    square = float(search.squared_norms(query[None])[0])
    return square, float(np.sqrt(square))


def _fetch(rows: Float32, query: Float32, depth: int) -> _Fetched:
    """The `depth` largest inner products of a block, or all of them where that is no dearer."""
    if depth * 4 < len(rows):
        values, found = faiss.knn(query[None], rows, depth, metric=faiss.METRIC_INNER_PRODUCT)
        return _Fetched(values[0], found[0].astype(np.intp), complete=False)
    return _Fetched(_all_products(rows, query), np.arange(len(rows)), complete=True)


def _all_products(rows: Float32, query: Float32) -> Float32:
    products = np.empty(len(rows), dtype=np.float32)
    faiss.fvec_inner_products_ny(
        faiss.swig_ptr(products), faiss.swig_ptr(query), faiss.swig_ptr(rows), rows.shape[1], len(rows)
    )
    return products


def _rescored(
    table: Table, query: Float32, fetched: dict[int, _Fetched], wanted: int, error: float, own: int | None
) -> tuple[Float64, NDArray[np.intp]]:
    """The fetched rows that may be among the `wanted` best, and their distances."""
    values = np.concatenate([part.values for part in fetched.values()]).astype(np.float64)
    rows = np.concatenate([part.rows + number * BLOCK_ROWS for number, part in fetched.items()])
    if own is not None:
        values, rows = values[rows != own], rows[rows != own]
    # `wanted` rows are at this value or better; one worse by twice the error cannot even tie with the last of them.
    floor = np.partition(values, len(values) - wanted)[len(values) - wanted]
    rows = rows[values >= floor - 2 * error]
    return search.exact_distances(query, table.vectors(rows)), rows


def _hits(
    table: Table, distances: Float64, rows: NDArray[np.intp], wanted: int, others: int, end: End
) -> list[Hit]:
    ids = np.array([_id(table, row) for row in rows], dtype=np.object_)
    order = search.ordered(distances, ids, end)
    percentiles = search.percentiles_at_end(distances[order], end, others)
    return [
        Hit(str(ids[position]), float(distances[position]), float(percentile))
        for position, percentile in zip(order[:wanted], percentiles[:wanted], strict=True)
    ]


def _id(table: Table, row: np.intp) -> object:
    return table.blocks[row // BLOCK_ROWS].ids[row % BLOCK_ROWS]
