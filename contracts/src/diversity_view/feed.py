"""An artifact's index as the catalogue feeds it: on disk first, then shown to the readers."""

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from diversity_contracts.wire import ChangeBatch, ChangesApplied
from diversity_view import changes
from diversity_view.changes import Encode
from diversity_view.records import Batch, Indexed, Position
from diversity_view.timing import Observe, timed

Content = TypeVar("Content")
TableT = TypeVar("TableT", bound="Table")
TableT_co = TypeVar("TableT_co", bound="Table", covariant=True)
TableIO = TypeVar("TableIO")


class Table(Protocol):
    """What is searched: immutable, one consistent moment."""

    def __len__(self) -> int: ...


class Store(Protocol[TableIO]):
    """Where what a view keeps of each content lies; `diversity_view.store` says more of each call."""

    def load(self) -> tuple[Position, Mapping[str, Indexed[TableIO]]]:
        """Where the index stands, and every entry."""

    def content(self, content_hash: str) -> TableIO | None:
        """What is kept of a content, or None."""

    def commit(self, batch: Batch[TableIO]) -> None:
        """Apply a batch whole or not at all."""

    def close(self) -> None:
        """Let go of it."""


class Follow(Protocol[TableIO, Content]):
    """Makes the table that comes after another one."""

    def __call__(
        self, table: TableIO, upserts: Mapping[str, Indexed[Content]], deletes: Sequence[str]
    ) -> TableIO:
        """`deletes` removed (unknown ids are no error), then `upserts` added or replaced."""


class Kept(Protocol[TableT]):
    """A table that is kept between two starts, beside the store."""

    def begun(self) -> tuple[TableT, Sequence[str]]:
        """The table to begin with, and those of its entries that are no more; once."""

    def forget(self) -> None:
        """The index is emptied."""

    def note(self, view: "View[TableT]", changed: int) -> None:
        """The index stands at `view`; `changed` entries came or went."""

    def close(self, view: "View[TableT]") -> None:
        """The index stands at `view` at the end."""


@dataclass(frozen=True, slots=True)
class View(Generic[TableT_co]):
    """One consistent moment: every entry, and the change up to which they stand."""

    table: TableT_co
    position: Position


class Feed(Generic[Content, TableT]):
    """Readers take `view` and never wait for the writer, of whom there is one at a time."""

    def __init__(
        self,
        *,
        store: Store[Content],
        encode: Encode[Content],
        empty: TableT,
        follow: Follow[TableT, Content],
        observe: Observe,
        standing: TableT | None = None,
        kept: Kept[TableT] | None = None,
    ) -> None:
        """
        Args:
            standing: the table as it was kept, of a store that keeps tables and gives no entries.
            kept: the table between two starts, of a store that gives the other entries.
        """
        self._store, self._encode, self._observe = store, encode, observe
        self._empty, self._follow, self._kept = empty, follow, kept
        self._writing = threading.Lock()
        position, entries = store.load()
        before, gone = (empty, ()) if kept is None else kept.begun()
        self.view = View(follow(before, entries, gone) if standing is None else standing, position)
        if kept is not None:
            kept.note(self.view, 0)

    def stored(self, content_hash: str) -> Content | None:
        """What is kept of a content, or None."""
        return self._store.content(content_hash)

    def apply(self, batch: ChangeBatch, pictures: Mapping[str, bytes]) -> ChangesApplied:
        """Take the view from `batch.after` to `batch.upto`, whole or not at all.

        Args:
            pictures: bytes by content hash, as sent; contents that are stored need none.

        Raises:
            Conflict: the batch does not follow on what was applied.
            InvalidParameter: bytes that are missing or not what their hash says; numbers out of order.
            NoSpace, NotReady: the store cannot be written; nothing was applied.
        """
        with self._writing:
            view = self.view
            plan = changes.plan(batch, view.position)
            if plan is None:
                return ChangesApplied(applied=view.position.applied, count=len(view.table))
            outcome = changes.represent(plan, pictures, self._encode, self._store.content)
            with timed(self._observe, "store"):
                before = view.table
                if plan.empty_first:
                    before = self._empty
                    if self._kept is not None:
                        self._kept.forget()
                table = self._follow(before, outcome.indexed, outcome.deletes)
                self._store.commit(outcome.batch(plan))
            self.view = View(table, plan.position)
            if self._kept is not None:
                self._kept.note(self.view, len(outcome.indexed) + len(outcome.deletes))
        return ChangesApplied(applied=plan.position.applied, count=len(table), refused=outcome.refused)

    def close(self) -> None:
        """Let go of the store, after the write in progress."""
        with self._writing:
            if self._kept is not None:
                self._kept.close(self.view)
            self._store.close()
