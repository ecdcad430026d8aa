"""A generation's table in a file between two starts, mapped into memory, not worked out again.

What takes long to make of 100,000 vectors is in it: the rows with their squares, their codes, what is usual
of them. The store stays the truth: a row of the file counts where the store has the same content under the
same id from no later change, and every other entry is worked out from the store. Rows of a file need no
memory of their own, and processes that serve the same file share its pages.
"""

import hashlib
import logging
import threading
from collections.abc import Callable, Collection, Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from diversity_view import mapped_file
from diversity_view.feed import View
from diversity_view.mapped_file import Array, Mapped
from diversity_view.records import Entry, Position
from drml_service.table import Table
from drml_service.table_arrays import arrays_of, table_of

log = logging.getLogger(__name__)
# Fewer rows are worked out in a quarter of a second, and are not worth a file.
WORTH = 4_096
# What decides the numbers in a file, beside the artifact.
_CODE = (
    "blocks", "codes", "correction", "directions", "kept_table", "search", "segments", "table",
    "table_arrays", "tiling",
)  # fmt: skip
_END = "\n"  # in no id

Hashes = Callable[[Position], Mapping[str, str] | None]


class KeptTable:
    """One generation's. Used by the one who writes the index; a thread of its own writes the file."""

    def __init__(self, path: Path, empty: Table, made_of: str, *, worth: int = WORTH) -> None:
        """
        Args:
            empty: the table that every other one follows.
            made_of: what the numbers depend on: the artifact, its form, its sample.
        """
        self._path, self._empty, self._worth = path, empty, worth
        self._made_of = [made_of, _code(), empty.dimension, empty.usual is not None]
        self._writing: threading.Thread | None = None
        self._written = 0  # rows that the file holds
        self._fresh = 0  # rows worked out since it was written
        self._begun: tuple[Table, list[str]] = empty, []
        self.hashes: Hashes = lambda _: None
        """The store's: the content hash of every entry at a position."""

    def begun(self) -> tuple[Table, list[str]]:
        """The table to begin with, and those of its entries that are no more or no longer what they were; the
        file's memory is let go of with that table."""
        found, self._begun = self._begun, (self._empty, [])
        return found

    def spare(self, position: Position, entries: Mapping[str, Entry]) -> Collection[str]:
        """Take up the file; the entries that it holds as the store has them."""
        mapped = mapped_file.read(self._path)
        if mapped is None or not self._fits(mapped, position):
            self._fresh = len(entries)
            return ()
        ids, applied = _texts(mapped.arrays["ids"]), mapped.about["applied"]
        held = set[str]()
        for image_id, content_hash in zip(ids, _texts(mapped.arrays["hashes"]), strict=True):
            entry = entries.get(image_id)
            if entry is not None and entry.seq <= applied and entry.content_hash == content_hash:
                held.add(image_id)
        if 2 * len(held) < len(ids):  # taking rows out one by one would cost more than making the table
            self._fresh = len(entries)
            return ()
        standing = table_of(self._empty, ids, mapped.arrays, mapped.about)
        self._begun = standing, [image_id for image_id in ids if image_id not in held]
        self._written, self._fresh = len(ids), len(entries) - len(held)
        return held

    def forget(self) -> None:
        """The index is emptied: what the file holds is of another past."""
        self._wait()
        try:
            mapped_file.remove(self._path)
        except OSError as error:
            log.warning(
                "a derived file cannot be removed", extra={"file": self._path.name, "reason": str(error)}
            )
        self._written = self._fresh = 0

    def note(self, view: View[Table], changed: int) -> None:
        """`changed` entries came or went; write what stands now once that is a good deal more than the file.

        By quarters, so that a growing catalogue is written a few times over in all.
        """
        self._fresh += changed
        if self._fresh >= max(self._worth, self._written // 4) and not self._is_writing():
            self._write(view)

    def close(self, view: View[Table]) -> None:
        """Write what stands now, if enough of it is new."""
        self._wait()
        if self._fresh >= self._worth:
            self._write(view)
            self._wait()

    def _write(self, view: View[Table]) -> None:
        found = self.hashes(view.position)
        if found is None or not len(view.table):
            return
        self._written, self._fresh = len(view.table), 0
        self._writing = threading.Thread(
            target=self._write_down, args=(view, found), name="keeping", daemon=True
        )
        self._writing.start()

    def _write_down(self, view: View[Table], hashes: Mapping[str, str]) -> None:
        """The view's table never changes, whatever follows it meanwhile."""
        table, position = view.table, view.position
        ids = [str(image_id) for block in table.blocks for image_id in block.ids]
        about: dict[str, Any] = {
            "made_of": self._made_of,
            "catalogue_id": position.catalogue_id,
            "applied": position.applied,
        }
        arrays: dict[str, list[Array]] = {
            "ids": [_packed(ids)],
            "hashes": [_packed(hashes[image_id] for image_id in ids)],
        }
        more, parts = arrays_of(table, ids)
        try:
            mapped_file.write(self._path, about | more, arrays | parts)
        except OSError as error:  # costs time at the next start, nothing else
            log.warning("the table could not be kept", extra={"reason": str(error)})

    def _fits(self, mapped: Mapped, position: Position) -> bool:
        about = mapped.about
        return (
            about.get("made_of") == self._made_of
            and about.get("catalogue_id") == position.catalogue_id
            and about.get("applied", position.applied + 1) <= position.applied
        )

    def _is_writing(self) -> bool:
        return self._writing is not None and self._writing.is_alive()

    def _wait(self) -> None:
        if self._writing is not None:
            self._writing.join()
            self._writing = None


def _packed(texts: Iterable[str]) -> Array:
    return np.frombuffer(_END.join(texts).encode(), dtype=np.uint8)


def _texts(packed: Array) -> list[str]:
    return packed.tobytes().decode().split(_END)


def _code() -> str:
    digest = hashlib.sha256()
    for module in _CODE:
        digest.update(Path(__file__).with_name(f"{module}.py").read_bytes())
    return digest.hexdigest()
