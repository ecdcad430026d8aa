"""How far each entry usually is: mean and deviation over a fixed reference sample, beside the index.

An entry that is far from everything is far from every query. Its value for one query is therefore also given
in its own terms: (value − mean) ÷ deviation, the two taken over the generation's reference sample and never
over the catalogue, so that the answer does not drift with it and costs no N².
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from diversity_view.row_map import RowMap

Float64 = NDArray[np.float64]
# Products are summed in another order in another batch. What agrees in so many bits (nine digits) is the
# same, so that equal entries tie exactly whenever they came.
_BITS = 30


@dataclass(frozen=True, slots=True)
class Usual:
    """Mean and deviation by image_id. Never changed, only followed by another one.

    A batch copies 16 bytes an entry: 1.6 MB, about 0.2 ms, for 100,000 of them.
    """

    _rows: RowMap = field(default_factory=RowMap)
    _statistics: Float64 = field(default_factory=lambda: np.empty((0, 2)))
    _free: tuple[int, ...] = ()

    def changed(self, upserts: Sequence[str], statistics: Float64, deletes: Iterable[str] = ()) -> "Usual":
        """`deletes` removed (unknown ids are no error), then `upserts` added or replaced.

        Args:
            statistics: (n, 2), mean and deviation of each of `upserts`.
        """
        free, rows, size = list(self._free), dict[str, int | None](), len(self._statistics)
        for image_id in dict.fromkeys(deletes):
            if (known := self._rows.get(image_id)) is not None:
                free.append(known)
                rows[image_id] = None
        places = []
        for image_id in upserts:
            row = rows[image_id] if image_id in rows else self._rows.get(image_id)
            if row is None:
                row, size = (free.pop(), size) if free else (size, size + 1)
            rows[image_id] = row
            places.append(row)
        following = np.empty((size, 2))
        following[: len(self._statistics)] = self._statistics
        following[places] = statistics
        return Usual(self._rows.changed(rows), following, tuple(free))

    def of(self, image_ids: Sequence[str]) -> Float64:
        """Mean and deviation of the given entries (n, 2). Raises KeyError for an id that is not there."""
        rows = [self._rows.get(image_id) for image_id in image_ids]
        if None in rows:
            raise KeyError(image_ids[rows.index(None)])
        chosen: Float64 = self._statistics[np.array(rows, dtype=np.intp)]
        return chosen

    def adjusted(self, image_ids: Sequence[str], values: Float64) -> Float64:
        """(value − mean) ÷ deviation of the given entries (n,); 0 for one that is equally far from the whole
        sample, of which that says nothing. Raises KeyError for an id that is not there."""
        chosen = self.of(image_ids)
        deviation = chosen[:, 1]
        apart: Float64 = np.divide(
            values - chosen[:, 0], deviation, out=np.zeros(len(chosen)), where=deviation > 0
        )
        return apart


def statistics_of(values: Float64) -> Float64:
    """(n, 2): mean and deviation of each row of (n, m), both to `_BITS` of the larger one.

    A deviation that is nothing beside the mean is rounding, and so 0.
    """
    pairs = np.column_stack([values.mean(axis=1), values.std(axis=1)])
    largest = np.abs(pairs).max(axis=1, keepdims=True)
    _, exponent = np.frexp(largest)
    unit = np.ldexp(1.0, exponent - _BITS)
    rounded: Float64 = np.round(pairs / unit) * unit
    return rounded
