"""The vectors and ids of one moment: blocks of rows that writers never change under a reader.

A `Table` is a snapshot. The next one shares every block that did not change; a touched block is copied first
(8.4 MB at 513 columns, 2-4 ms). Only an append past everything that any table ever showed goes into the
same memory, so that growing costs nothing.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from diversity_view.row_map import RowMap
from diversity_view.usual import Usual
from drml_service.blocks import Block, Buffer, Ids, addresses_of
from drml_service.search import LARGEST_SQUARE, Float32, augment
from drml_service.segments import LEARN_AT, Segments

BLOCK_ROWS = 4_096


class UnusableVector(ValueError):
    """A vector that holds NaN or infinity, or is too long for float32 arithmetic."""


@dataclass(frozen=True, slots=True)
class Table:
    """Every vector of the index at one moment; row i is row i mod 4,096 of block i ÷ 4,096.

    `segments` holds their codes, None while there are fewer vectors than `learn_at`.
    """

    dimension: int
    blocks: tuple[Block, ...] = ()
    usual: Usual | None = None  # of the same entries; None without a reference sample
    block_rows: int = BLOCK_ROWS
    learn_at: int = LEARN_AT
    segments: Segments | None = None
    addresses: NDArray[np.int64] = field(
        default_factory=lambda: np.empty(0, dtype=np.int64)
    )  # of blocks' rows
    _rows: RowMap = field(default_factory=RowMap)

    def __len__(self) -> int:
        return self.block_rows * (len(self.blocks) - 1) + len(self.blocks[-1].ids) if self.blocks else 0

    def row(self, image_id: str) -> int | None:
        """The row of `image_id`, or None."""
        return self._rows.get(image_id)

    def rows(self, image_ids: Iterable[str]) -> list[int | None]:
        """The row of each of `image_ids`, or None."""
        return [self._rows.get(image_id) for image_id in image_ids]

    def vector(self, row: int) -> Float32:
        """x (r,) at `row`; a view."""
        vector: Float32 = self.blocks[row // self.block_rows].vectors[row % self.block_rows]
        return vector

    def vectors(self, rows: NDArray[np.intp]) -> Float32:
        """x (n, r) at `rows`; a copy."""
        return self.augmented(rows)[:, :-1]

    def augmented(self, rows: NDArray[np.intp]) -> Float32:
        """(x, ‖x‖²), (n, r + 1), at `rows`; a copy."""
        gathered = np.empty((len(rows), self.dimension + 1), dtype=np.float32)
        for number, places, chosen in self._by_block(rows):
            if isinstance(places, slice):
                np.take(self.blocks[number].rows, chosen, axis=0, out=gathered[places], mode="clip")
            else:
                gathered[places] = self.blocks[number].rows[chosen]
        return gathered

    def ids(self, rows: NDArray[np.intp]) -> Ids:
        """The image ids (n,) at `rows`."""
        gathered = np.empty(len(rows), dtype=np.object_)
        for number, places, chosen in self._by_block(rows):
            gathered[places] = self.blocks[number].ids[chosen]
        return gathered

    def _by_block(
        self, rows: NDArray[np.intp]
    ) -> Iterator[tuple[int, NDArray[np.intp] | slice, NDArray[np.intp]]]:
        """For each block that holds some of `rows`: its number, their places in `rows`, their rows in it."""
        order = None if np.all(rows[1:] >= rows[:-1]) else np.argsort(rows, kind="stable")
        ascending = rows if order is None else rows[order]
        edges = np.searchsorted(ascending, np.arange(len(self.blocks) + 1) * self.block_rows)
        for number in np.flatnonzero(edges[1:] > edges[:-1]).tolist():
            inside = slice(edges[number], edges[number + 1])
            places = inside if order is None else order[inside]
            yield number, places, ascending[inside] - number * self.block_rows

    def changed(self, upserts: Mapping[str, Float32], deletes: Iterable[str] = ()) -> "Table":
        """The next table: `deletes` removed (unknown ids are no error), then `upserts` added or replaced.

        One writer at a time. A table that is dropped unused costs nothing but the space of its appends.

        Raises:
            UnusableVector: a vector cannot be searched.
        """
        editor = _Editor(self)
        for image_id in deletes:
            editor.delete(image_id)
        names, vectors = list(upserts), list(upserts.values())
        for start in range(
            0, len(names), self.block_rows
        ):  # a block at a time: what is in between stays small
            stop = start + self.block_rows
            editor.put(names[start:stop], augmented(vectors[start:stop], self.dimension))
        return editor.table()


def augmented(vectors: list[Float32], dimension: int) -> Float32:
    """Vectors of shape (r,) as checked rows (x, ‖x‖²)."""
    stacked = np.stack(vectors).astype(np.float32)
    if stacked.shape[1] != dimension:
        raise UnusableVector(f"A vector has {stacked.shape[1]} numbers instead of {dimension}.")
    with np.errstate(over="ignore", invalid="ignore"):
        rows = augment(stacked)
    if not (rows[:, -1] <= LARGEST_SQUARE).all():  # NaN compares false
        raise UnusableVector("A vector is not finite, or too long.")
    return rows


class _Editor:
    """Builds the table that follows another one."""

    def __init__(self, table: Table) -> None:
        self._before, self._block_rows = table, table.block_rows
        self._columns = table.dimension + 1
        self._buffers = [block.buffer for block in table.blocks]
        self._own: set[int] = set()
        self._touched: set[int] = set()
        self._count = len(table)
        self._moved: dict[str, int | None] = {}

    def put(self, image_ids: list[str], rows: Float32) -> None:
        places = []
        for image_id in image_ids:
            row = self._row(image_id)
            if row is None:
                row, self._count = self._count, self._count + 1
            self._moved[image_id] = row
            places.append(row)
        self._write(np.array(places, dtype=np.intp), np.array(image_ids, dtype=np.object_), rows)

    def delete(self, image_id: str) -> None:
        """The last row moves into the hole."""
        row = self._row(image_id)
        if row is None:
            return
        self._count -= 1
        last = self._count
        self._touched.add(last // self._block_rows)
        if row != last:
            buffer, position = self._buffers[last // self._block_rows], last % self._block_rows
            self._moved[buffer.ids[position]] = row
            values = buffer.rows[position : position + 1].copy()
            self._write(np.array([row]), buffer.ids[position : position + 1].copy(), values)
        self._moved[image_id] = None

    def table(self) -> Table:
        needed = -(-self._count // self._block_rows)
        blocks = [
            self._block(number) if number in self._touched else self._before.blocks[number]
            for number in range(needed)
        ]
        after = replace(
            self._before,
            blocks=tuple(blocks),
            addresses=addresses_of(blocks),
            _rows=self._before._rows.changed(self._moved),
        )
        written = np.array(sorted(row for row in self._moved.values() if row is not None), dtype=np.intp)
        segments = Segments.following(
            self._before.segments, self._count, written, after.vectors, self._before.learn_at
        )
        return replace(after, segments=segments)

    def _row(self, image_id: str) -> int | None:
        return self._moved[image_id] if image_id in self._moved else self._before.row(image_id)

    def _write(self, places: NDArray[np.intp], ids: Ids, rows: Float32) -> None:
        for number in np.unique(places // self._block_rows).tolist():
            inside = places // self._block_rows == number
            positions = places[inside] - number * self._block_rows
            buffer = self._writable(number, int(positions.min()))
            buffer.rows[positions], buffer.ids[positions] = rows[inside], ids[inside]
            buffer.shown = max(buffer.shown, int(positions.max()) + 1)
            self._touched.add(number)

    def _writable(self, number: int, position: int) -> Buffer:
        if number == len(self._buffers):
            self._buffers.append(Buffer.empty(self._block_rows, self._columns))
            self._own.add(number)
        buffer = self._buffers[number]
        if number not in self._own and position < buffer.shown:
            buffer = self._buffers[number] = buffer.copy()
            self._own.add(number)
        return buffer

    def _block(self, number: int) -> Block:
        return Block.of(self._buffers[number], min(self._count - number * self._block_rows, self._block_rows))
