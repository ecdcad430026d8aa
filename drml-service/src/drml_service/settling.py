"""What a sieve holds, looked at again in float32 over all r numbers: few rows are left for the definition.

The rows with the `depth` least lower bounds are first. Theirs are nearly the least distances, so the bar that
they set spares most others the 2 kB that a vector is read from memory.
"""

import numpy as np
from numba import carray  # type: ignore[attr-defined]  # not among its declared exports
from numpy.typing import NDArray

from drml_service import search
from drml_service.compiled import compiled, compiled_in_any_order, inlined
from drml_service.heaps import replace_top
from drml_service.search import Float32, Float64
from drml_service.sifting import ENDS, OVERFLOW, Rows, Sieve
from drml_service.table import Table
from drml_service.tile_products import floats_at

Addresses = NDArray[np.int64]
_OVERFLOW = OVERFLOW


def settled(table: Table, queries: Float32, squares: Float64, sieve: Sieve) -> list[list[Rows]]:
    """For each of `queries` (k, r) and each end the rows that may be among the first, in no order.

    Args:
        squares: ‖q‖², (k,).
        sieve: of the same queries; its rows and bounds are overwritten.
    """
    doubled = np.hstack(
        [-2 * queries, np.ones((len(queries), 1), dtype=np.float32)]
    )  # as augmented_query does
    largest = max(block.largest_norm for block in table.blocks)
    errors = np.array(
        [search.scan_error(table.dimension, square**0.5, largest) for square in squares.tolist()]
    )
    errors += search.DEFINED * squares
    _settle(
        table.addresses, table.block_rows, doubled, errors, sieve.heaps, sieve.rows, sieve.lower, sieve.counts
    )
    counts = sieve.counts.tolist()
    return [
        [sieve.rows[query, end, : max(counts[query][end], 0)] for end in range(len(ENDS))]
        for query in range(len(queries))
    ]


@compiled_in_any_order
def _product(row: Float32, query: Float32) -> np.float32:
    total = np.float32(0)
    for number in range(len(query)):
        total += row[number] * query[number]
    return total


@inlined
def row_at(addresses: Addresses, block_rows: int, row: int, columns: int) -> Float32:
    """A table's row (x, ‖x‖²), (columns,), from its blocks' addresses."""
    place = addresses[row // block_rows] + (row % block_rows) * columns * 4
    numbers: Float32 = carray(floats_at(place), (columns,))
    return numbers


@compiled
def _settle(  # noqa: PLR0917 - numba passes by position
    addresses: Addresses, block_rows: int, queries: Float32, errors: Float64, heaps: Float64, rows: Rows,
    lower: Float64, counts: Rows,
) -> None:  # fmt: skip
    ends, depth, columns = heaps.shape[1], heaps.shape[2], queries.shape[1]
    best, heap = np.empty(depth), np.empty(depth)
    for query in range(len(queries)):
        for end in range(ends):
            known, found, count = rows[query, end], lower[query, end], counts[query, end]
            best[:], heap[:] = np.inf, np.inf
            for place in range(count):
                if found[place] < best[0]:
                    replace_top(best, found[place])
            kept, least = np.empty(max(count, 0), dtype=np.int64), np.empty(max(count, 0))
            left = 0
            for turn in range(2):
                for place in range(count):
                    if found[place] > heap[0] or (found[place] <= best[0]) != (turn == 0):
                        continue
                    row = row_at(addresses, block_rows, known[place], columns)
                    middle = np.float64(_product(row, queries[query]))
                    value = middle if end == 0 else -middle
                    if value - errors[query] > heap[0]:
                        continue
                    kept[left], least[left] = known[place], value - errors[query]
                    left += 1
                    if value + errors[query] < heap[0]:
                        replace_top(heap, value + errors[query])
            if count != _OVERFLOW:
                counts[query, end] = 0
            for place in range(left):
                if least[place] <= heap[0]:
                    known[counts[query, end]] = kept[place]
                    counts[query, end] += 1
