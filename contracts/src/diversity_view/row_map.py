"""A map from image_id to row that is never changed, only followed by another one."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

# A part of a million ids holds 4,000 of them.
PARTS = 256
# Changes kept beside a part's large dictionary before the two are merged. Merging copies that dictionary:
# 0.1 ms of 4,000 ids, in which no other thread runs.
_MERGE_AT = 64


@dataclass(frozen=True, slots=True)
class _Part:
    settled: Mapping[str, int] = field(default_factory=dict)
    recent: Mapping[str, int | None] = field(default_factory=dict)  # None: deleted

    def changed(self, changes: Mapping[str, int | None], merge_at: int) -> "_Part":
        recent = {**self.recent, **changes}
        if len(recent) < merge_at:
            return _Part(self.settled, recent)
        merged = {**self.settled, **recent}
        return _Part({image_id: row for image_id, row in merged.items() if row is not None})

    def __iter__(self) -> Iterator[tuple[str, int]]:
        yield from ((key, row) for key, row in self.settled.items() if key not in self.recent)
        yield from ((key, row) for key, row in self.recent.items() if row is not None)


_NOTHING = _Part()


@dataclass(frozen=True, slots=True)
class RowMap:
    """Readers keep the map they hold; a writer makes the next one with `changed`.

    Ids are dealt out to parts by their hash, and each part is merged when its own time has come: as one
    dictionary, a million ids were copied in one step, and every query waited for it.
    """

    merge_at: int = _MERGE_AT  # in a part
    _parts: tuple[_Part, ...] = (_NOTHING,) * PARTS

    def get(self, image_id: str) -> int | None:
        """The row, or None."""
        part = self._parts[hash(image_id) % PARTS]
        return part.recent[image_id] if image_id in part.recent else part.settled.get(image_id)

    def __iter__(self) -> Iterator[tuple[str, int]]:
        """Every id with its row."""
        for part in self._parts:
            yield from part

    def changed(self, changes: Mapping[str, int | None]) -> "RowMap":
        """This map with `changes` applied; a row of None deletes."""
        dealt: dict[int, dict[str, int | None]] = {}
        for image_id, row in changes.items():
            dealt.setdefault(hash(image_id) % PARTS, {})[image_id] = row
        parts = list(self._parts)
        for number, some in dealt.items():
            parts[number] = parts[number].changed(some, self.merge_at)
        return RowMap(self.merge_at, tuple(parts))
