"""The index at one moment as the engine sees it, its rows in Milvus."""

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from diversity_contracts.problems import NotReady, NotSupported
from diversity_view.recent import Recent
from drml_service.milvus.client import MOST_ROWS, Collection, Rows
from drml_service.milvus.intervals import Intervals, joint_bounds
from drml_service.milvus.moment import Moment
from drml_service.search import End, Float32, Float64, augmented_query, squared_norms

# A product takes 7 bytes of a reply and 4 µs of a core to decode.
MOST_PRODUCTS = 5_000_000
_FIELDS = ("row", "image_id", "vector", "mean", "deviation")


class Changes(Protocol):
    """Who makes the table that follows another one."""

    def following(
        self, table: "MilvusTable", upserts: Mapping[str, Float32], deletes: Iterable[str]
    ) -> "MilvusTable":
        """`deletes` removed, then `upserts` added or replaced; written once the batch is committed."""


@dataclass(frozen=True, slots=True)
class Gathered:
    """Rows (n,) in full.

    Attributes:
        ids: (n,).
        vectors: x, (n, r).
        statistics: (n, 2), mean and deviation over the reference sample.
    """

    ids: NDArray[np.object_]
    vectors: Float32
    statistics: Float64

    def at(self, places: NDArray[np.intp]) -> "Gathered":
        """Some of them."""
        return Gathered(self.ids[places], self.vectors[places], self.statistics[places])


@dataclass(frozen=True, slots=True, eq=False)
class MilvusTable:
    """A moment of a collection. Every call sees that moment, or raises NotReady: when the server is away,
    or so long after the moment that rows of it were cleared away.

    Attributes:
        cleared: the number of the earliest moment that is whole.
        corrects: whether the artifact has a reference sample.
    """

    collection: Collection
    dimension: int
    moment: Moment
    changes: Changes
    cleared: Callable[[], int]
    corrects: bool
    most_products: int = MOST_PRODUCTS
    _bounds: Recent[Intervals] = field(default_factory=Recent)

    def __len__(self) -> int:
        return self.moment.count

    def changed(self, upserts: Mapping[str, Float32], deletes: Iterable[str] = ()) -> "MilvusTable":
        """The next table. Raises UnusableVector or NotReady."""
        return self.changes.following(self, upserts, deletes)

    def rows(self, image_ids: Sequence[str]) -> list[int | None]:
        """The row of each of `image_ids`, or None."""
        wanted = {key_of(image_id): image_id for image_id in image_ids}
        found = self.collection.read("key", list(wanted), ("row", "image_id"))
        self.check()
        held = {str(one["image_id"]): int(one["row"]) for one in found if self.moment.shows(int(one["row"]))}
        return [held.get(image_id) for image_id in image_ids]

    def vectors(self, rows: Rows) -> Float32:
        """x (n, r) at `rows`."""
        return self.gathered(rows).vectors

    def gathered(self, rows: Rows) -> Gathered:
        """Everything at `rows`, in their order."""
        unique, places = np.unique(rows, return_inverse=True)
        found = {int(one["row"]): one for one in self.collection.read("row", unique.tolist(), _FIELDS)}
        self.check()
        if len(found) != len(unique):
            raise NotReady("The store of the vectors has lost rows; it has to be fed again.")
        return _columns([found[row] for row in unique.tolist()], places, self.dimension)

    def products(self, queries: Float32, ends: Sequence[End], limit: int) -> list[list[tuple[Rows, Float32]]]:
        """For each of `queries` (k, r) and each of `ends` the `limit` rows that are the best by an inner
        product in float32, with it: d² − ‖q‖² for the farthest, its negative for the nearest."""
        asked = [augmented_query(query, end) for query in queries for end in ends]
        found = self.collection.search(np.stack(asked), limit, self.moment.expression())
        self.check()
        if any(len(one.rows) != min(limit, len(self)) for one in found):
            raise NotReady("The store of the vectors left rows out.", retry_after_s=1)
        pairs = iter([(one.rows, one.products) for one in found])
        return [[next(pairs) for _ in ends] for _ in queries]

    def intervals(self, members: Float32, weights: Float64) -> Intervals:
        """Bounds on how far every row is from `members` (m, r) with `weights` (m,): all products are fetched.

        Raises NotSupported for a history that takes too many.
        """
        if len(members) > 1 and len(members) * len(self) > self.most_products:
            raise NotSupported(
                f"A history is compared with every picture: where vectors lie in Milvus, at most "
                f"{self.most_products:,} pairs; here {len(members):,} × {len(self):,}."
            )
        question = (members.tobytes(), weights.tobytes())
        return self._bounds.of(self, question, lambda: self._intervals(members, weights))

    def check(self) -> None:
        """Raises NotReady when rows of this moment may be gone."""
        if self.moment.number < self.cleared():
            raise NotReady("The index has moved on meanwhile; ask again.", retry_after_s=1)

    def _intervals(self, members: Float32, weights: Float64) -> Intervals:
        squares = squared_norms(members)
        asked = np.stack([augmented_query(member, "farthest") for member in members])
        parts = list[Intervals]()
        for start, stop in self.moment.ranges(MOST_ROWS):
            found = self.collection.search(asked, stop - start, self.moment.expression(start, stop))
            rows = np.sort(found[0].rows)
            products = np.empty((len(asked), len(rows)), dtype=np.float32)
            for number, one in enumerate(found):
                if len(one.rows) != len(rows):
                    raise NotReady("The store of the vectors left rows out.", retry_after_s=1)
                products[number, np.searchsorted(rows, one.rows)] = one.products
            bounds = joint_bounds(products, squares, weights, self.dimension, self.moment.largest_norm)
            parts.append(Intervals(rows, *bounds))
        self.check()
        rows, lower, upper = (
            np.concatenate([getattr(part, name) for part in parts]) for name in ("rows", "lower", "upper")
        )
        if len(rows) != len(self):
            raise NotReady("The store of the vectors left rows out.", retry_after_s=1)
        return Intervals(rows, lower, upper)


def key_of(text: str) -> int:
    """63 bits that stand for a text in filters, where a number needs no quoting; the text itself decides."""
    return int.from_bytes(hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()[:8], "big") >> 1


def _columns(found: Sequence[Mapping[str, Any]], places: Rows, dimension: int) -> Gathered:
    ids = np.empty(len(found), dtype=np.object_)
    ids[:] = [str(one["image_id"]) for one in found]
    vectors = np.empty((len(found), dimension), dtype=np.float32)
    for place, one in enumerate(found):
        vectors[place] = np.asarray(one["vector"], dtype=np.float32)[:-1]
    statistics = np.array([(one["mean"], one["deviation"]) for one in found]).reshape(-1, 2)
    return Gathered(ids[places], vectors[places], statistics[places])
