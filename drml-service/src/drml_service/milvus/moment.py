"""Which rows of a collection make up the index at one moment, and how that is written down. Pure.

Rows are numbered in the order in which they came and never renumbered. A moment is the rows from `low` to
before `high` that are not dead: a later batch's rows are past `high` until the moment that shows them is
written, in one row, and what it replaced stays for the readers of earlier moments.
"""

import json
from dataclasses import dataclass, field
from typing import Any

from diversity_view.records import Position

FORMAT = 1


@dataclass(frozen=True, slots=True)
class Moment:
    """Of `count` rows in [low, high); `dead` are those in between that were replaced or deleted, unless they
    are gone already; no vector's norm is larger than `largest_norm`. `number` counts moments."""

    number: int = 0
    low: int = 0
    high: int = 0
    count: int = 0
    largest_norm: float = 0.0
    dead: frozenset[int] = field(default_factory=frozenset)

    def shows(self, row: int) -> bool:
        """Whether a row that is there belongs to this moment."""
        return self.low <= row < self.high and row not in self.dead

    def expression(self, start: int | None = None, stop: int | None = None) -> str:
        """The filter for the rows of this moment, or for those in [start, stop)."""
        first, last = max(self.low, start or 0), self.high if stop is None else min(self.high, stop)
        hidden = sorted(row for row in self.dead if first <= row < last)
        without = f" and row not in {hidden}" if hidden else ""
        return f"row >= {first} and row < {last}{without}"

    def ranges(self, width: int) -> list[tuple[int, int]]:
        """[low, high) in pieces of at most `width` rows."""
        return [(start, min(start + width, self.high)) for start in range(self.low, self.high, width)]

    def text(self, position: Position) -> str:
        """This moment and the change it stands at, to be kept."""
        return json.dumps({
            "format": FORMAT, "catalogue_id": position.catalogue_id, "applied": position.applied,
            "number": self.number, "low": self.low, "high": self.high, "count": self.count,
            "largest_norm": self.largest_norm, "dead": sorted(self.dead),
        }, separators=(",", ":"))  # fmt: skip


def read(text: str) -> tuple[Position, Moment]:
    """The inverse of `Moment.text`. Raises ValueError for what it cannot have made."""
    value: dict[str, Any] = json.loads(text)
    try:
        if value["format"] != FORMAT:
            raise ValueError(f"format {value['format']} is none of this version's")
        return Position(value["catalogue_id"], int(value["applied"])), Moment(
            int(value["number"]), int(value["low"]), int(value["high"]), int(value["count"]),
            float(value["largest_norm"]), frozenset(map(int, value["dead"])),
        )  # fmt: skip
    except (KeyError, TypeError) as error:
        raise ValueError(f"this is no moment: {error!r}") from error
