"""How the tables of one place follow each other: in this process, unless it is told of another place."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Generic, Protocol

import numpy as np
from numpy.typing import NDArray

from diversity_view.feed import Follow
from diversity_view.records import Indexed
from diversity_view.usual import Usual
from drml_service.correction import usual_distances
from drml_service.histories import HistorySearch, Members
from drml_service.search import End, Float32
from drml_service.searcher import Hit, TableT
from drml_service.table import Table


class History(Protocol):
    """A table as seen from a history."""

    def end(self, n: int, end: End) -> list[Hit]:
        """The `n` nearest or farthest, ties by id."""

    def measure(self, rows: NDArray[np.intp]) -> list[Hit]:
        """The pictures at `rows`, none of them a member's own."""


@dataclass(frozen=True, slots=True)
class Holding(Generic[TableT]):
    """Where the tables lie.

    Attributes:
        empty: the one that every other one follows.
        follow: makes the next one.
        history: one as seen from a history.
        standing: the one to begin with, where a store keeps tables rather than entries.
    """

    empty: TableT
    follow: Follow[TableT, Float32]
    history: Callable[[TableT, Members], History]
    standing: TableT | None = None


def in_process(dimension: int, reference: Float32 | None) -> Holding[Table]:
    """Tables in memory, with what is usual of their entries where there is a reference sample (m, r)."""
    empty = Table(dimension, usual=None if reference is None else Usual())
    return Holding(empty, partial(_follow, reference=reference), HistorySearch)


def _follow(
    table: Table,
    upserts: Mapping[str, Indexed[Float32]],
    deletes: Sequence[str],
    *,
    reference: Float32 | None,
) -> Table:
    vectors = {image_id: indexed.content for image_id, indexed in upserts.items()}
    following = table.changed(vectors, deletes)
    if table.usual is None or reference is None:
        return following
    stacked = np.stack(list(vectors.values())) if vectors else np.empty((0, table.dimension), np.float32)
    usual = table.usual.changed(list(vectors), usual_distances(stacked, reference), deletes)
    return replace(following, usual=usual)
