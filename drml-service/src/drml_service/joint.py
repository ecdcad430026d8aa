"""How far every picture is from a set of pictures: min D(h, x) ÷ w over the set, exact. Pure.

The distance of a point from a set, each member's distances divided by its weight: a lighter member
keeps less away from it. Far from the set is far from its nearest member, near to it is near to any of them:
one number ranks both ends.

One float32 product gives every d², off by at most `search.scan_error`. Only the members whose bound says that
they may be the nearest are measured again, in float64 by the definition: one or two for most pictures.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from drml_service import search
from drml_service.search import Float32, Float64

# 1,024 rows against 1,000 members in float64 are 8 MB, and a few such arrays live at once.
ROWS = 1_024
PAIRS = 8_192  # differences of 513 in float64: 34 MB


@dataclass(frozen=True, slots=True)
class Joint:
    """Of every row (n,): the least of D ÷ w, the D of the member that gave it, and which member that is."""

    nearest: Float64
    distances: Float64
    members: NDArray[np.intp]


def distinct(members: Float32, weights: Float64) -> tuple[Float32, Float64, NDArray[np.intp]]:
    """The members (m, r) without repetitions, each with its largest weight, and their places in `members`.

    A repetition with less weight is never nearer, and ties of many equal members would all be measured.
    """
    kept: dict[bytes, int] = {}
    for place, member in enumerate(members):
        key = member.tobytes()
        if key not in kept or weights[place] > weights[kept[key]]:
            kept[key] = place
    places = np.fromiter(kept.values(), dtype=np.intp)
    return members[places], weights[places], places


def joint_distances(blocks: Sequence[Float32], members: Float32, weights: Float64) -> Joint:
    """Each row's distance from the set.

    Args:
        blocks: rows x (n_i, r), one after the other.
        members: (m, r), at least one.
        weights: (m,), in (0, 1].
    """
    members, weights, places = distinct(members, weights)
    squares = search.squared_norms(members)
    parts = [
        _of_rows(rows, members, weights, squares, places) for block in blocks for rows in _chunks(block, ROWS)
    ]
    if not parts:
        return Joint(np.empty(0), np.empty(0), np.empty(0, dtype=np.intp))
    return Joint(
        np.concatenate([part.nearest for part in parts]),
        np.concatenate([part.distances for part in parts]),
        np.concatenate([part.members for part in parts]),
    )


def _of_rows(
    rows: Float32, members: Float32, weights: Float64, squares: Float64, places: NDArray[np.intp]
) -> Joint:
    row_squares = search.squared_norms(rows)
    largest = float(row_squares.max(initial=0.0)) ** 0.5
    errors = np.array([search.scan_error(rows.shape[1], square**0.5, largest) for square in squares.tolist()])
    found = (rows @ members.T).astype(np.float64)
    found *= -2
    found += row_squares[:, None]
    found += squares
    # A row's members that may be the nearest: those not surely further than the one with the least bound.
    bounds = weights**2
    surely = ((found + errors) / bounds).min(axis=1)
    pairs_row, pairs_member = np.nonzero((found - errors) / bounds <= surely[:, None])
    exact = np.empty(len(pairs_row))
    for start in range(0, len(exact), PAIRS):
        chosen = slice(start, start + PAIRS)
        difference = rows[pairs_row[chosen]].astype(np.float64)
        difference -= members[pairs_member[chosen]]
        exact[chosen] = np.sqrt(np.square(difference, out=difference).sum(axis=1))
    weighed = exact / weights[pairs_member]
    # Pairs come row by row, each row at least once; within a row the least, ties by the member's place.
    order = np.lexsort((places[pairs_member], weighed, pairs_row))
    first = order[np.searchsorted(pairs_row[order], np.arange(len(rows)))]
    return Joint(weighed[first], exact[first], places[pairs_member[first]])


def _chunks(rows: Float32, size: int) -> Iterator[Float32]:
    for start in range(0, len(rows), size):
        yield rows[start : start + size]
