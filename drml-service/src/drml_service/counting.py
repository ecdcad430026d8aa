"""How many rows are closer than a distance: counted through bounds, measured where those straddle it."""

import numpy as np
from numpy.typing import NDArray

from diversity_view.ranks import mid_rank
from drml_service import scan, search
from drml_service.compiled import compiled
from drml_service.scan import Seen
from drml_service.search import Float32, Float64
from drml_service.table import Table

# When more rows than this share straddle, reading all numbers of all rows in order is faster than fetching.
_MANY = 0.05


def percentiles_of(table: Table, query: Float32, asked: Float64, own: int | None) -> Float64:
    """The percentiles (m,) of entries of `table` at the distances `asked` (m,); `own` is not counted."""
    limits = np.unique(asked)
    seen = scan.seen(table, query)
    low, high = search.around(limits, seen.square)
    places = _places(seen, low, high)
    unsure = np.flatnonzero(places < 0)
    if table.segments is not None and len(unsure) > _MANY * len(places):
        places = _places(scan.in_full(table, query), low, high)
        unsure = np.flatnonzero(places < 0)
    elif table.segments is not None and len(unsure):
        places[unsure] = _places(scan.of_rows(query, table.augmented(unsure)), low, high)
        unsure = unsure[places[unsure] < 0]
    # Even places lie between two limits, odd ones on a limit.
    measured = search.exact_distances(query, table.vectors(unsure))
    left = np.searchsorted(limits, measured, side="left")
    places[unsure] = left + np.searchsorted(limits, measured, side="right")
    if own is not None:
        places = np.delete(places, own)
    counts = np.bincount(places, minlength=2 * len(limits) + 1)
    before = np.cumsum(counts) - counts
    among = 2 * np.searchsorted(limits, asked) + 1
    return mid_rank(before[among], counts[among] - 1, len(places) - 1)


def _places(seen: Seen, low: Float64, high: Float64) -> NDArray[np.int64]:
    """For each row 2·(the limits it is surely beyond), or −1 where a limit lies within its bounds."""
    lower, upper = (bounds.astype(np.float64, copy=False) for bounds in (seen.lower, seen.upper))
    places = np.empty(len(lower), dtype=np.int64)
    highest = np.nextafter(high + seen.slack, np.inf)
    lowest = np.nextafter(low - seen.slack, -np.inf)
    _place(lower, upper, lowest, highest, places)
    return places


@compiled
def _place(
    lower: Float64, upper: Float64, lowest: Float64, highest: Float64, places: NDArray[np.int64]
) -> None:
    """The limits lie between `lowest` and `highest`, (m,) each, ascending."""
    for row in range(len(lower)):
        start, stop = 0, len(highest)
        while start < stop:
            middle = (start + stop) // 2
            if highest[middle] < lower[row]:
                start = middle + 1
            else:
                stop = middle
        straddles = start < len(lowest) and lowest[start] <= upper[row]
        places[row] = -1 if straddles else 2 * start
