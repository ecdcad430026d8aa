"""The catalogue as seen from a query: one sentence, or the sentences of a history."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from caption_service import search
from caption_service.decoder_state import Float32
from caption_service.search import Float64
from caption_service.table import Table
from diversity_contracts import wire


@dataclass(frozen=True, slots=True)
class Perspective:
    """A table from a query.

    Attributes:
        similarities: (s,), of each sentence; with a history, to the member it is closest to.
        closeness: (s,), what ranks: the similarity itself, or with a history −min (1 − similarity) ÷ weight.
        rows: (n,), the closeness of each row: the largest over its sentences.
        counted: the rows that are there and not the query's own.
    """

    table: Table
    similarities: Float64
    closeness: Float64
    rows: Float64
    counted: NDArray[np.intp]

    @classmethod
    def of(cls, table: Table, query: Float32, own: int | None) -> "Perspective":
        """From one sentence's vector (dimension,)."""
        by_sentence, rows = table.similarities(query)
        hidden = () if own is None else (own,)
        return cls(table, by_sentence, by_sentence, rows, _counted(table, hidden))

    @classmethod
    def of_history(
        cls, table: Table, members: Float32, weights: Sequence[float], own: Collection[int]
    ) -> "Perspective":
        """From members' vectors (m, dimension), at least one, with their weights (m,) in (0, 1].

        The distance from a set, as in the DRML view: the least of (1 − similarity) ÷ weight. It may be taken
        over a row's sentences last, as both are minima. One product with every sentence a member: 100,000
        sentences cost about 10 ms each.
        """
        closeness = np.full(len(table.sentences), -np.inf)
        similarities = np.zeros(len(table.sentences))
        for member, weight in zip(members, weights, strict=True):
            found = table.sentences.similarities(member)
            close = (found - 1.0) / weight
            better = close > closeness
            closeness[better], similarities[better] = close[better], found[better]
        rows = search.entry_similarities(closeness, table.pairs, table.starts[:-1])
        return cls(table, similarities, closeness, rows, _counted(table, own))

    def neighbors(self, rows: NDArray[np.intp]) -> list[wire.TextNeighbor]:
        """The pictures at `rows`, each of them counted."""
        shares = search.percentiles(self.rows[self.counted], self.rows[rows])
        return [self._neighbor(row, share) for row, share in zip(rows.tolist(), shares.tolist(), strict=True)]

    def _neighbor(self, row: int, percentile: float) -> wire.TextNeighbor:
        caption, sentence = self.table.best_caption(row, self.closeness)
        return wire.TextNeighbor.model_construct(
            image_id=self.table.ids[row],
            similarity=float(self.similarities[sentence]),
            percentile=percentile,
            caption=caption,
            caption_source=self.table.entry(row).source,
        )


def _counted(table: Table, own: Collection[int]) -> NDArray[np.intp]:
    alive = table.alive
    if own:
        alive = alive.copy()
        alive[list(own)] = False
    return np.flatnonzero(alive)
