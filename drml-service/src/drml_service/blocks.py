"""The blocks of a table: rows of one moment, over memory that the next moment may share."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Self

import numpy as np
from numpy.typing import NDArray

from drml_service.search import Float32

Ids = NDArray[np.object_]


@dataclass(slots=True)
class Buffer:
    """Memory for one block; `shown` is the greatest length that any table may read."""

    rows: Float32
    ids: Ids
    shown: int = 0

    @classmethod
    def empty(cls, rows: int, columns: int) -> Self:
        """Space for so many rows."""
        return cls(np.empty((rows, columns), dtype=np.float32), np.empty(rows, dtype=np.object_))

    @classmethod
    def over(cls, rows: Float32, ids: Ids, size: int) -> Self:
        """Rows that were kept: where they are fewer than `size`, a copy with space for those that come."""
        if len(rows) == size:
            return cls(rows, ids, size)
        buffer = cls.empty(size, rows.shape[1])
        buffer.rows[: len(rows)], buffer.ids[: len(ids)], buffer.shown = rows, ids, len(rows)
        return buffer

    def copy(self) -> "Buffer":
        """What is shown, in memory of its own."""
        fresh, length = Buffer.empty(*self.rows.shape), self.shown
        fresh.rows[:length], fresh.ids[:length] = self.rows[:length], self.ids[:length]
        fresh.shown = length
        return fresh


@dataclass(frozen=True, slots=True)
class Block:
    """rows (n, r + 1) as (x, ‖x‖²), their ids (n,), and the largest ‖x‖."""

    rows: Float32
    ids: Ids
    largest_norm: float
    buffer: Buffer = field(repr=False)

    @classmethod
    def of(cls, buffer: Buffer, length: int) -> Self:
        """The first `length` rows of a buffer."""
        rows, ids = buffer.rows[:length], buffer.ids[:length]
        return cls(rows, ids, float(np.sqrt(rows[:, -1].max(initial=0.0))) * (1 + 1e-6), buffer)

    @property
    def vectors(self) -> Float32:
        """x, (n, r)."""
        return self.rows[:, :-1]


def addresses_of(blocks: Sequence[Block]) -> NDArray[np.int64]:
    """Where the rows of each block begin, for compiled loops."""
    return np.array([block.rows.ctypes.data for block in blocks], dtype=np.int64)
