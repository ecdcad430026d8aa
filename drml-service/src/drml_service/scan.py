"""One pass over a table: between what every row's distance from a query lies."""

from dataclasses import dataclass

import numpy as np

from drml_service import search
from drml_service.bounding import write_bounds
from drml_service.codes import UNDERFLOW, code_queries
from drml_service.search import Float32
from drml_service.selection import Bounds
from drml_service.table import Table


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
    coded = code_queries(table.segments.directions, query[None])
    lower, upper = np.empty(len(table)), np.empty(len(table))
    start = 0
    for part in table.segments.parts:
        inside = slice(start, start + part.count)
        write_bounds(
            part.tiles,
            part.numbers,
            coded.words,
            coded.double_scales,
            coded.shares[0],
            lower[inside],
            upper[inside],
        )
        start = inside.stop
    return Seen(lower, upper, float(coded.squares[0]))


def in_full(table: Table, query: Float32) -> Seen:
    """The bounds that float32 gives, a hundredth of a percent apart, reading every number of every vector."""
    augmented, square = _asked(query)
    with np.errstate(invalid="ignore"):  # as in `of_rows`
        values = np.concatenate([block.rows @ augmented for block in table.blocks]).astype(np.float64)
    largest = max(block.largest_norm for block in table.blocks)
    error = search.scan_error(table.dimension, square**0.5, largest)
    return Seen(values - error, values + error, square)


def of_rows(query: Float32, gathered: Float32) -> Seen:
    """The bounds that float32 gives for rows (x, ‖x‖²), (m, r + 1)."""
    augmented, square = _asked(query)
    largest = float(gathered[:, -1].max(initial=0.0)) ** 0.5 * (1 + 1e-6)
    error = search.scan_error(len(query), square**0.5, largest)
    with np.errstate(invalid="ignore"):  # of short rows the kernel reads, and drops, what lies past the last
        values = (gathered @ augmented).astype(np.float64)
    return Seen(values - error, values + error, square)


def _asked(query: Float32) -> tuple[Float32, float]:
    return search.augmented_query(query, "farthest"), float(search.squared_norms(query[None])[0])
