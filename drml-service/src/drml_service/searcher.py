"""What the view asks of an index, whatever finds the answer and wherever the vectors lie."""

from collections.abc import Sequence
from typing import NamedTuple, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray
from typing_extensions import TypeVar

from drml_service.search import End, Float32
from drml_service.table import Table


class Hit(NamedTuple):
    """An indexed picture as seen from a query; `adjusted` as `correction` says, where it is known."""

    image_id: str
    distance: float
    percentile: float
    adjusted: float | None = None


class Vectors(Protocol):
    """A table as the engine sees it: every vector of one moment, by row."""

    def __len__(self) -> int: ...

    def rows(self, image_ids: Sequence[str]) -> list[int | None]:
        """The row of each of `image_ids`, or None."""

    def vectors(self, rows: NDArray[np.intp]) -> Float32:
        """x (n, r) at `rows`."""


TableT = TypeVar("TableT", bound=Vectors, default=Table)
TableT_contra = TypeVar("TableT_contra", bound=Vectors, default=Table, contravariant=True)


class Searcher(Protocol[TableT_contra]):
    """Searches one table. Implementations differ in speed, never in an answer."""

    def end(
        self, table: TableT_contra, query: Float32, n: int, end: End, *, own: int | None = None
    ) -> list[Hit]:
        """The `n` pictures at one end of the ranking from `query` (r,), ties by id; `own` is not counted."""

    def measure(
        self, table: TableT_contra, query: Float32, rows: NDArray[np.intp], *, own: int | None = None
    ) -> list[Hit]:
        """The pictures at `rows`, none of them `own`, measured against the whole table."""


@runtime_checkable
class SearcherOfMany(Protocol):
    """A searcher to which several queries at once cost less than one after the other."""

    def ends(
        self, table: Table, queries: Float32, n: int, end: End, *, owns: Sequence[int | None]
    ) -> list[list[Hit]]:
        """For each of `queries` (k, r), with its own row of `owns`, what `Searcher.end` finds."""


def ends_of(
    searcher: Searcher[TableT],
    table: TableT,
    queries: Float32,
    n: int,
    end: End,
    *,
    owns: Sequence[int | None],
) -> list[list[Hit]]:
    """What `searcher` finds for each of `queries` (k, r), whichever way it does it."""
    if len(queries) > 1 and isinstance(searcher, SearcherOfMany) and isinstance(table, Table):
        return searcher.ends(table, queries, n, end, owns=owns)
    return [searcher.end(table, query, n, end, own=own) for query, own in zip(queries, owns, strict=True)]
