"""What the view asks of an index, whatever finds the answer."""

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from drml_service.search import End, Float32
from drml_service.table import Table


@dataclass(frozen=True, slots=True)
class Hit:
    """An indexed picture as seen from a query; `adjusted` as `correction` says, where it is known."""

    image_id: str
    distance: float
    percentile: float
    adjusted: float | None = None


class Searcher(Protocol):
    """Searches one table. Implementations differ in speed, never in an answer."""

    def end(self, table: Table, query: Float32, n: int, end: End, *, own: int | None = None) -> list[Hit]:
        """The `n` pictures at one end of the ranking from `query` (r,), ties by id; `own` is not counted."""

    def measure(
        self, table: Table, query: Float32, rows: NDArray[np.intp], *, own: int | None = None
    ) -> list[Hit]:
        """The pictures at `rows`, none of them `own`, measured against the whole table."""
