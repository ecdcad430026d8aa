"""One pass over a table: between what every row's distance from a query lies."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from drml_service import search
from drml_service.codes import UNDERFLOW, bounds, code_queries
from drml_service.int8_products import products
from drml_service.search import Float32
from drml_service.segments import Segments
from drml_service.selection import Bounds
from drml_service.table import Table

# Rows taken at once when there are several queries: their bounds, 8 bytes a row and query, stay in the cache.
_CHUNK = 4_096


@dataclass(frozen=True, slots=True)
class Seen:
    """Bounds (n,) on d² − ‖q‖² of every row, and ‖q‖²."""

    lower: Bounds
    upper: Bounds
    square: float

    @property
    def slack(self) -> float:
        """What the bounds leave out of account: underflow, and how the distance's own steps round ‖q‖²."""
        return search.DEFINED * self.square + UNDERFLOW


def seen(table: Table, query: Float32) -> Seen:
    """The bounds from one query (r,): through the codes where the table has some."""
    if table.segments is None:
        return in_full(table, query)
    return next(seen_by_many(table.segments, query[None], len(table), chunk=len(table)))


def seen_by_many(segments: Segments, queries: Float32, count: int, *, chunk: int = _CHUNK) -> Iterator[Seen]:
    """The bounds from each of `queries` (k, r), by one product of matrices; 8·k bytes a row are held."""
    coded = code_queries(segments.directions, queries)
    lower = np.empty((len(queries), count), dtype=np.float32)
    upper = np.empty_like(lower)
    start = 0
    for part in segments.parts:
        for first in range(0, len(part.codes), chunk):
            inside = slice(first, first + chunk)
            codes, numbers = part.codes[inside], part.numbers[:, inside]
            stop = start + len(codes)
            bounds(coded, numbers, products(coded.codes, codes), lower[:, start:stop], upper[:, start:stop])
            start = stop
    for number, square in enumerate(coded.squares.tolist()):
        yield Seen(lower[number], upper[number], square)


def in_full(table: Table, query: Float32) -> Seen:
    """The bounds that float32 gives, a hundredth of a percent apart, reading every number of every vector."""
    augmented, square = _asked(query)
    values = np.concatenate([block.rows @ augmented for block in table.blocks]).astype(np.float64)
    largest = max(block.largest_norm for block in table.blocks)
    error = search.scan_error(table.dimension, square**0.5, largest)
    return Seen(values - error, values + error, square)


def of_rows(table: Table, query: Float32, rows: NDArray[np.intp]) -> Seen:
    """The bounds that float32 gives for some rows, (m,)."""
    augmented, square = _asked(query)
    gathered = table.augmented(rows)
    largest = float(gathered[:, -1].max(initial=0.0)) ** 0.5 * (1 + 1e-6)
    error = search.scan_error(table.dimension, square**0.5, largest)
    values = (gathered @ augmented).astype(np.float64)
    return Seen(values - error, values + error, square)


def _asked(query: Float32) -> tuple[Float32, float]:
    return search.augmented_query(query, "farthest"), float(search.squared_norms(query[None])[0])
