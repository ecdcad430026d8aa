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
from drml_service.search import End, Float32, Float64
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


Statistics = Callable[[Float32], Float64]


def in_process(
    dimension: int, reference: Float32 | None, statistics: Statistics | None = None
) -> Holding[Table]:
    """Tables in memory, with what is usual of their entries where there is a reference sample (m, r).

    Args:
        statistics: what is usual of vectors (n, r), as (n, 2); by default by comparison with the sample.
    """
    if reference is None:
        return Holding(Table(dimension), partial(_follow, statistics=None), HistorySearch)
    statistics = statistics or partial(usual_distances, reference=reference)
    return Holding(Table(dimension, usual=Usual()), partial(_follow, statistics=statistics), HistorySearch)


def _follow(
    table: Table,
    upserts: Mapping[str, Indexed[Float32]],
    deletes: Sequence[str],
    *,
    statistics: Statistics | None,
) -> Table:
    vectors = {image_id: indexed.content for image_id, indexed in upserts.items()}
    following = table.changed(vectors, deletes)
    if table.usual is None or statistics is None:
        return following
    stacked = np.stack(list(vectors.values())) if vectors else np.empty((0, table.dimension), np.float32)
    usual = table.usual.changed(list(vectors), statistics(stacked), deletes)
    return replace(following, usual=usual)
