"""The codes of a table's rows, in segments that writers never change under a reader.

As with the table's blocks: the next snapshot shares what did not change, appends go into the same memory past
everything that was ever shown, and a touched segment is copied first (8 MB at 96 codes a row, about 2 ms).
Segments are longer than blocks because a scan pays for every one of them it begins.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Self

import numpy as np
from numpy.typing import NDArray

from diversity_view.mapped_file import Array
from drml_service import tiling
from drml_service.codes import BOUNDED, NUMBERS, Coded, Int8, code, padded
from drml_service.directions import SAMPLE, Directions
from drml_service.search import Float32
from drml_service.tiling import LANES

SEGMENT_ROWS = 65_536
# Fewer vectors are scanned as they are, in a third of a millisecond.
LEARN_AT = 4_096
# Directions are learned again when there are so many times the rows they were learned from.
_LEARN_AGAIN = 8
_SMALLEST = 1_024
_CHUNK = 4_096  # rows coded at once: 17 MB in float64 at 513 numbers

Gather = Callable[[NDArray[np.intp]], Float32]


@dataclass(slots=True)
class _Memory:
    """Memory for one segment; `shown` is the greatest length that any snapshot may read."""

    tiles: Int8
    numbers: Float32
    shown: int = 0

    @classmethod
    def empty(cls, rows: int, width: int) -> Self:
        tiles = tiling.tiles(rows, width)
        return cls(tiles, np.zeros((len(tiles), NUMBERS, LANES), dtype=np.float32))

    @property
    def rows(self) -> int:
        """How many there is space for."""
        return len(self.tiles) * LANES

    def enlarged(self, rows: int, kept: int) -> "_Memory":
        fresh = _Memory.empty(max(rows, self.rows), 2 * self.tiles.shape[1])
        begun = -(-kept // LANES)
        fresh.tiles[:begun], fresh.numbers[:begun] = self.tiles[:begun], self.numbers[:begun]
        fresh.shown = kept
        return fresh


@dataclass(frozen=True, slots=True)
class Segment:
    """Tiles (≥ n ÷ 16, p ÷ 2, 32) of codes and (≥ n ÷ 16, 6, 16) of numbers of n ≥ 1 consecutive rows.

    What lies past the n-th is no row of this snapshot, and may change.
    """

    count: int
    tiles: Int8
    numbers: Float32
    largest: Float32  # (5,), of each of `numbers` but the last
    _memory: _Memory = field(repr=False)

    @property
    def codes(self) -> Int8:
        """(n, p); a copy."""
        return tiling.read(self.tiles, self.count)


@dataclass(frozen=True, slots=True)
class Segments:
    """Codes of the first `count` rows; row i is row i mod 65,536 of segment i ÷ 65,536."""

    directions: Directions
    learned_from: int
    parts: tuple[Segment, ...] = ()

    @classmethod
    def following(
        cls, before: "Segments | None", count: int, changed: NDArray[np.intp], gather: Gather, learn_at: int
    ) -> "Segments | None":
        """The codes after a change; None while there are too few rows to learn from.

        Args:
            count: the rows there are now.
            changed: the rows whose vectors are not what they were, ascending.
            gather: rows to their vectors (n, r).
            learn_at: the fewest rows to learn directions from.
        """
        if count >= learn_at and (before is None or count >= _LEARN_AGAIN * before.learned_from):
            sample = np.unique(np.linspace(0, count - 1, min(count, SAMPLE)).astype(np.intp))
            before = cls(Directions.of(gather(sample)), count)
            changed = np.arange(count, dtype=np.intp)
        return None if before is None else before._changed(count, changed, gather)

    @classmethod
    def over(cls, arrays: Mapping[str, Array], count: int, dimension: int, learned_from: int) -> "Segments":
        """What `arrays` gave of `count` rows; all but a last segment that is not full stay where they lie."""
        basis = arrays["basis"]
        directions, each = Directions(dimension, basis if len(basis) else None), SEGMENT_ROWS // LANES
        parts = []
        for start in range(0, len(arrays["tiles"]), each):
            length = min(count - start * LANES, SEGMENT_ROWS)
            memory = _Memory(arrays["tiles"][start : start + each], arrays["numbers"][start : start + each])
            if length < SEGMENT_ROWS:
                memory = memory.enlarged(memory.rows, length)
            memory.shown = length
            parts.append(_segment(length, memory))
        return cls(directions, learned_from, tuple(parts))

    def arrays(self) -> dict[str, list[Array]]:
        """Everything of at least one row, for a file."""
        basis = self.directions.basis
        begun = [-(-part.count // LANES) for part in self.parts]
        return {
            "basis": [np.empty((0, 0)) if basis is None else basis],
            "tiles": [part.tiles[:stop] for part, stop in zip(self.parts, begun, strict=True)],
            "numbers": [part.numbers[:stop] for part, stop in zip(self.parts, begun, strict=True)],
        }

    def _changed(self, count: int, changed: NDArray[np.intp], gather: Gather) -> "Segments":
        parts = [
            self._part(number, count, rows, gather)
            for number, rows in enumerate(_by_segment(changed, -(-count // SEGMENT_ROWS)))
        ]
        return Segments(self.directions, self.learned_from, tuple(parts))

    def _part(self, number: int, count: int, rows: NDArray[np.intp], gather: Gather) -> Segment:
        length = min(count - number * SEGMENT_ROWS, SEGMENT_ROWS)
        before = self.parts[number] if number < len(self.parts) else None
        if before is not None and len(rows) == 0 and before.count == length:
            return before
        memory = before._memory if before is not None else _Memory.empty(0, padded(self.directions.width))
        kept = min(length, before.count) if before is not None else 0
        places = rows - number * SEGMENT_ROWS
        fits = length <= memory.rows and (len(places) == 0 or places[0] >= memory.shown)
        if not fits:
            capacity = min(max(2 * length, _SMALLEST), SEGMENT_ROWS)
            memory = memory.enlarged(capacity, kept)
        for start in range(0, len(rows), _CHUNK):
            chosen = slice(start, start + _CHUNK)
            coded: Coded = code(self.directions, gather(rows[chosen]))
            tiling.write(memory.tiles, places[chosen], coded.codes)
            memory.numbers[places[chosen] // LANES, :, places[chosen] % LANES] = coded.numbers.T
        memory.shown = max(memory.shown, length)
        return _segment(length, memory)


def _segment(length: int, memory: _Memory) -> Segment:
    largest = tiling.read_numbers(memory.numbers, length)[BOUNDED].max(axis=1)
    return Segment(length, memory.tiles, memory.numbers, largest, memory)


def _by_segment(rows: NDArray[np.intp], segments: int) -> list[NDArray[np.intp]]:
    edges = np.searchsorted(rows, np.arange(segments + 1) * SEGMENT_ROWS)
    return [rows[start:stop] for start, stop in pairwise(edges.tolist())]
