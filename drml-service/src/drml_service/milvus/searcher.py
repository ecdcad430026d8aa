"""Both ends of a table in Milvus, exact: fetched by inner products in float32, proven in float64.

The row (x, ‖x‖²) and the query (−2q, 1) have the inner product d² − ‖q‖²; the negated query finds the
nearest. Milvus' FLAT index computes it in float32, off by `search.scan_error` at most. A row that it did not
return is no better than the last one it did: once the last wanted distance beats that one by more than the
error, nothing outside can enter. Else more is fetched, and in the end every product.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from drml_service import search
from drml_service.histories import Members
from drml_service.milvus.client import MOST_ROWS, Rows
from drml_service.milvus.listing import listed
from drml_service.milvus.sight import Sight
from drml_service.milvus.table import Gathered, MilvusTable
from drml_service.search import End, Float32, squared_norms
from drml_service.searcher import Hit

_BOTH: tuple[End, End] = ("nearest", "farthest")
# Fetched beyond what is asked for, so that the first proof nearly always holds.
SLACK = 6
DEEPER = 8


class MilvusSearcher:
    """Searches tables in Milvus. Hits tell `adjusted`, but for lists from the near end."""

    def end(
        self, table: MilvusTable, query: Float32, n: int, end: End, *, own: int | None = None
    ) -> list[Hit]:
        return next(_answers(table, query[None], n, [end], own))[0]

    def both_of_many(
        self, table: MilvusTable, queries: Float32, n: int
    ) -> Iterator[tuple[list[Hit], list[Hit]]]:
        """The `n` nearest and the `n` farthest of each of `queries` (k, r), from one search."""
        yield from ((nearest, farthest) for nearest, farthest in _answers(table, queries, n, _BOTH, None))

    def measure(
        self, table: MilvusTable, query: Float32, rows: NDArray[np.intp], *, own: int | None = None
    ) -> list[Hit]:
        if len(rows) == 0:
            return []
        return _sight(table, query, own).measure(rows)


def _answers(
    table: MilvusTable, queries: Float32, n: int, ends: Sequence[End], own: int | None
) -> Iterator[list[list[Hit]]]:
    """For each of `queries` (k, r) the `n` at each of `ends`; `own`, of all of them, is not counted."""
    wanted = min(n, len(table) - (own is not None))
    if wanted <= 0:
        yield from ([list[Hit]() for _ in ends] for _ in queries)
        return
    asked = [[_Asked(table, query, wanted, end, own) for end in ends] for query in queries]
    depth = wanted + (own is not None) + SLACK
    if depth > MOST_ROWS:
        yield from ([one.from_all() for one in of_query] for of_query in asked)
        return
    products = table.products(queries, ends, depth)
    fetched = [
        [one.fetched(rows, values) for one, (rows, values) in zip(of_query, found, strict=True)]
        for of_query, found in zip(asked, products, strict=True)
    ]
    every = np.unique(np.concatenate([one.rows for of_query in fetched for one in of_query]))
    gathered = table.gathered(every)
    for of_query, found_of_query in zip(asked, fetched, strict=True):
        yield [
            one.proven(found, gathered.at(np.searchsorted(every, found.rows))) or one.deeper(depth)
            for one, found in zip(of_query, found_of_query, strict=True)
        ]


def _sight(table: MilvusTable, query: Float32, own: int | None) -> Sight:
    hidden = frozenset[int]() if own is None else frozenset({own})
    return Sight(table, Members(query[None], np.ones(1), hidden))


@dataclass(frozen=True, slots=True)
class _Fetched:
    """The rows that may be among the wanted ones, of those that were fetched."""

    rows: Rows
    outside: float  # no missing row's d² − ‖q‖², negated for the nearest, is larger; −inf: none is missing


@dataclass(frozen=True, slots=True)
class _Asked:
    """One list: the `wanted` rows at one end, at least one; `own` is not counted."""

    table: MilvusTable
    query: Float32
    wanted: int
    end: End
    own: int | None

    def fetched(self, rows: Rows, products: Float32) -> _Fetched:
        """From the rows with the largest products, `wanted` and `own` at least, largest first."""
        error = search.scan_error(self.table.dimension, self._square**0.5, self.table.moment.largest_norm)
        outside = -np.inf if len(rows) == len(self.table) else float(products[-1]) + error
        if self.own is not None:
            products, rows = products[rows != self.own], rows[rows != self.own]
        # `wanted` rows have this product or a larger one; less by twice the error is behind them all.
        kept = products.astype(np.float64) >= float(products[self.wanted - 1]) - 2 * error
        return _Fetched(rows[kept], outside)

    def proven(self, found: _Fetched, held: Gathered) -> list[Hit] | None:
        """The list from `held`, which are `found`'s rows, if no other row can enter it."""
        distances = search.exact_distances(self.query, held.vectors)
        order = search.ordered(distances, held.ids, self.end)
        # The last wanted distance in the search's terms, d² − ‖q‖², negated for the nearest.
        bar = float(distances[order[self.wanted - 1]]) ** 2 - self._square
        if found.outside >= (bar if self.end == "farthest" else -bar):
            return None
        others = len(self.table) - (self.own is not None) - 1
        shares = search.percentiles_at_end(distances[order], self.end, others)
        best = order[: self.wanted]
        corrected = self.table.corrects and self.end == "farthest"
        return listed(held.at(best), distances[best], shares[: self.wanted], corrected=corrected)

    def deeper(self, depth: int) -> list[Hit]:
        """The list, fetched deeper than `depth` until it is proven."""
        while (depth := depth * DEEPER) <= MOST_ROWS:
            rows, products = self.table.products(self.query[None], [self.end], depth)[0][0]
            found = self.fetched(rows, products)
            if hits := self.proven(found, self.table.gathered(found.rows)):
                return hits
        return self.from_all()

    def from_all(self) -> list[Hit]:
        """The list, from the products of all rows."""
        return _sight(self.table, self.query, self.own).end(self.wanted, self.end)

    @property
    def _square(self) -> float:
        return float(squared_norms(self.query[None])[0])
