"""An artifact's index in Milvus: how it is opened, followed and committed."""

import logging
import time
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from diversity_contracts.problems import InvalidParameter, NotReady
from diversity_view.records import Batch, Indexed, Position
from drml_service.correction import usual_distances
from drml_service.milvus import moment as moments
from drml_service.milvus.client import AT_ONCE, Collection
from drml_service.milvus.moment import Moment
from drml_service.milvus.table import MilvusTable, key_of
from drml_service.search import Float32, Float64
from drml_service.table import augmented

log = logging.getLogger(__name__)
# The row in which the moment is kept; the moments' own rows are not negative.
STANDING = -1
# What was replaced stays so long for the readers of earlier moments. A query's calls have 10 s each.
GRACE_S = 60.0
# Dead rows that are kept at most: in the row of the moment about 50 kB, and as much in every filter.
MOST_DEAD = 4_000


@dataclass(frozen=True, slots=True)
class _Pending:
    """The next moment, and its rows that are not written yet."""

    table: MilvusTable
    names: list[str]
    rows: Float32  # (n, r + 1)
    statistics: Float64  # (n, 2)


@dataclass(frozen=True, slots=True)
class _Gone:
    """What the moment `number` and later ones do not show any more."""

    number: int
    since: float
    rows: frozenset[int]
    below: int  # every row less than this, after a reset


class MilvusStore:
    """Keeps what `Store` keeps in process, and makes the tables that show it. One writer at a time.

    What a commit acknowledged is in Milvus, the moment in one row of it: a batch shows whole or not at all.
    """

    def __init__(
        self,
        collection: Collection,
        dimension: int,
        reference: Float32 | None,
        *,
        clock: Callable[[], float] = time.monotonic,
        most_dead: int = MOST_DEAD,
    ) -> None:
        """
        Args:
            dimension: r.
            reference: the artifact's sample (m, r), if it has one.

        Raises NotReady.
        """
        self._collection, self._dimension, self._reference = collection, dimension, reference
        self._clock, self._most_dead = clock, most_dead
        self._gone: deque[_Gone] = deque()
        self._pending: _Pending | None = None
        self._unsure = False  # whether the moment in Milvus may be later than the one here
        self._position, self._moment = self._standing()
        # No reader of an earlier process is left.
        self._remove(self._moment.dead, below=self._moment.low)
        self._whole_from = self._moment.number
        self._moment = replace(self._moment, dead=frozenset())
        self.standing = self._table(self._moment)
        self.empty = self._table(Moment())

    def load(self) -> tuple[Position, dict[str, Indexed[Float32]]]:
        """Where the index stands; the entries stay where they are."""
        return self._position, {}

    def content(self, content_hash: str) -> Float32 | None:
        """The vector (r,) kept of a content, or None."""
        for one in self._collection.read("content_key", [key_of(content_hash)], ("content", "vector")):
            if one["content"] == content_hash:
                return np.asarray(one["vector"], dtype=np.float32)[:-1]
        return None

    def following(
        self, table: MilvusTable, upserts: Mapping[str, Float32], deletes: Iterable[str]
    ) -> MilvusTable:
        """The table after a change; its rows are written by the commit that must follow."""
        names, before = list(upserts), self._moment
        if table is self.empty:
            before = replace(before, low=before.high, count=0, dead=frozenset())
            replaced = frozenset[int]()
        else:
            replaced = frozenset(row for row in table.rows([*upserts, *deletes]) if row is not None)
        if len(replaced) > self._most_dead:
            raise InvalidParameter(f"A batch replaces or deletes at most {self._most_dead:,} pictures here.")
        if len(before.dead) + len(replaced) > self._most_dead:
            self._clear(0.0)
            before = replace(before, dead=self._moment.dead & before.dead)
            if len(before.dead) + len(replaced) > self._most_dead:
                raise NotReady("Replaced vectors are not removed from their store yet.", retry_after_s=2)
        empty = np.empty((0, self._dimension + 1), dtype=np.float32)
        rows = augmented(list(upserts.values()), self._dimension) if names else empty
        statistics = np.zeros((len(names), 2))
        if self._reference is not None and names:
            statistics = usual_distances(rows[:, :-1], self._reference)
        moment = Moment(
            before.number + 1,
            before.low,
            before.high + len(names),
            before.count + len(names) - len(replaced),
            max(before.largest_norm, float(np.sqrt(rows[:, -1].max(initial=0.0))) * (1 + 1e-6)),
            before.dead | replaced,
        )
        self._pending = _Pending(self._table(moment), names, rows, statistics)
        return self._pending.table

    def commit(self, batch: Batch[Float32]) -> None:
        """Write the table that was made last, as `batch` says. Raises NotReady."""
        pending = self._pending
        if pending is None:
            raise RuntimeError("no table follows")
        if self._unsure:
            self._write_standing(self._position, self._moment)
        self._unsure = True
        first, moment = self._moment.high, pending.table.moment
        self._collection.write([
            _row(first + place, name, batch.entries[name].content_hash, vector, statistics)
            for place, (name, vector, statistics) in enumerate(
                zip(pending.names, pending.rows, pending.statistics, strict=True)
            )
        ])  # fmt: skip
        self._write_standing(batch.position, moment)
        self._unsure, self._pending = False, None
        gone = moment.dead - self._moment.dead
        if gone or moment.low > self._moment.low:
            self._gone.append(_Gone(moment.number, self._clock(), gone, moment.low))
        self._position, self._moment = batch.position, moment
        self._clear(GRACE_S)

    def close(self) -> None:
        """Let go of the connection."""
        self._collection.close()

    def _table(self, moment: Moment) -> MilvusTable:
        return MilvusTable(
            self._collection, self._dimension, moment, self, lambda: self._whole_from,
            corrects=self._reference is not None,
        )  # fmt: skip

    def _standing(self) -> tuple[Position, Moment]:
        for one in self._collection.read("row", [STANDING], ("row", "standing")):
            try:
                return moments.read(one["standing"])
            except ValueError:
                log.exception("the index in Milvus is fed anew", extra={"collection": self._collection.name})
        return Position(), Moment()

    def _write_standing(self, position: Position, moment: Moment) -> None:
        row = _row(STANDING, "", "", np.zeros(self._dimension + 1, np.float32), np.zeros(2))
        self._collection.write([{**row, "standing": moment.text(position)}])

    def _clear(self, grace_s: float) -> None:
        """Remove what has been gone for so long; where that fails it is tried again after the next commit."""
        while self._gone and self._clock() - self._gone[0].since >= grace_s:
            gone = self._gone[0]
            self._whole_from = max(self._whole_from, gone.number)  # first: readers look after they have read
            try:
                self._remove(gone.rows, gone.below)
            except NotReady:
                log.warning("rows in Milvus could not be removed yet")
                return
            self._gone.popleft()
            self._moment = replace(self._moment, dead=self._moment.dead - gone.rows)

    def _remove(self, rows: frozenset[int], below: int) -> None:
        ordered = sorted(rows)
        for start in range(0, len(ordered), AT_ONCE):
            self._collection.delete(f"row in {ordered[start : start + AT_ONCE]}")
        if below > 0:
            self._collection.delete(f"row >= 0 and row < {below}")


def _row(
    number: int, image_id: str, content_hash: str, vector: Float32, statistics: Float64
) -> dict[str, Any]:
    return {
        "row": number, "key": key_of(image_id), "image_id": image_id, "content_key": key_of(content_hash),
        "content": content_hash, "vector": vector, "mean": float(statistics[0]),
        "deviation": float(statistics[1]), "standing": "",
    }  # fmt: skip
