"""Two views over one large synthetic catalogue: vectors by distance, sentences by shared words.

They implement the gateway's `views.View` with arrays, fast enough for hundreds of queries over tens of
thousands of pictures. A query is a catalogue picture (by id) or `b"<row>"`: the picture of that row.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from diversity_contracts.problems import UnknownId
from diversity_contracts.wire import ChangeBatch, ChangesApplied, ViewModel
from diversity_gateway.measured import ByDistance, BySentence, Measured, Numbers
from diversity_gateway.ranking import Mode
from diversity_gateway.views import (
    Asked,
    Listing,
    Measures,
    PairDistances,
    Stand,
    ViewQuery,
)

Gaps = NDArray[np.float64]


@dataclass
class ArrayView:
    """A view whose distances from a picture are a column of numbers; ids must be in ascending order."""

    names: list[str]
    rows: NDArray[np.float64]
    """(n, d): a vector a picture, or the words of its sentence as zeros and ones."""
    stand: Stand
    usual: NDArray[np.float64] | None = None
    """(n, 2): mean and deviation of each picture's distances to a reference sample, where there is one."""
    entries: int = 0
    """Entries handed out so far."""
    replies: int = 0
    is_suspect: bool = False
    _row: dict[str, int] = field(init=False)
    _last: tuple[int, int | None, Gaps, Gaps] | None = field(init=False, default=None)

    def __post_init__(self) -> None:
        self._row = {name: row for row, name in enumerate(self.names)}

    def gaps(self, row: int) -> Gaps:
        """How far every picture is from that of `row`."""
        gaps: Gaps = np.sqrt(((self.rows - self.rows[row]) ** 2).sum(axis=1))
        return gaps

    def percentiles(self, row: int, own: int | None) -> Gaps:
        """(closer + ½ · others tied) ÷ others, `own` not among them; NaN for `own`."""
        if self._last is not None and self._last[:2] == (row, own):
            return self._last[3]
        gaps = self.gaps(row)
        others = np.sort(np.delete(gaps, own) if own is not None else gaps)
        closer = np.searchsorted(others, gaps, side="left")
        ties = np.searchsorted(others, gaps, side="right") - closer - 1
        shares: Gaps = (closer + ties / 2) / (len(others) - 1)
        if own is not None:
            shares[own] = np.nan
        return shares

    async def ends(self, query: ViewQuery | Asked, mode: Mode, depth: int) -> Listing:
        """The first `depth` from one end; a stable sort keeps ids in order among ties."""
        row, own, gaps, shares = self._ask(query)
        order = np.argsort(-gaps if mode == "divergent" else gaps, kind="stable")
        listed = [int(key) for key in order[: depth + 1] if key != own][:depth]
        self.entries += len(listed)
        found = [self._entry(key, gaps, shares) for key in listed]
        return Listing(Numbers.of(found), self.stand, _asked(query, row), "x")

    async def measure(self, query: ViewQuery | Asked, image_ids: Sequence[str]) -> Measures:
        """The given ones that are there."""
        row, own, gaps, shares = self._ask(query)
        known = [self._row[key] for key in image_ids if key in self._row]
        self.entries += len(known)
        found = [self._entry(key, gaps, shares) for key in known if key != own]
        return Measures(Numbers.of(found), self.stand, _asked(query, row), "x")

    async def pairs(self, image_ids: Sequence[str]) -> PairDistances:
        """Not asked for in these tests: retrieval ranks."""
        raise AssertionError("retrieval asked a view for more than lists and numbers")

    async def model(self) -> ViewModel:
        """Not asked for in these tests: retrieval only reads."""
        raise AssertionError("retrieval asked a view for more than lists and numbers")

    async def push(
        self, batch: ChangeBatch, pictures: Mapping[str, bytes], artifact: str | None = None
    ) -> ChangesApplied:
        """Not asked for in these tests: retrieval only reads."""
        raise AssertionError("retrieval asked a view for more than lists and numbers")

    def _ask(self, query: ViewQuery | Asked) -> tuple[int, int | None, Gaps, Gaps]:
        self.replies += 1
        if query.image_id is not None:
            if query.image_id not in self._row:
                raise UnknownId(f"There is no picture {query.image_id!r}.")
            row, own = self._row[query.image_id], self._row[query.image_id]
        else:
            text = query.representation if isinstance(query, Asked) else (query.picture or b"").decode()
            row, own = int(text or ""), None
        if self._last is None or self._last[:2] != (row, own):
            self._last = (row, own, self.gaps(row), self.percentiles(row, own))
        return self._last

    def _entry(self, row: int, gaps: Gaps, shares: Gaps) -> Measured:
        return ByDistance(
            self.names[row], float(shares[row]), float(gaps[row]), adjusted=self.adjusted(row, gaps)
        )

    def adjusted(self, row: int, gaps: Gaps) -> float | None:
        """(gap − mean) ÷ deviation."""
        return None if self.usual is None else float((gaps[row] - self.usual[row, 0]) / self.usual[row, 1])


class SentenceView(ArrayView):
    """Sentences: 1 − shared words ÷ all words, so that most pictures of a large vocabulary tie at 1."""

    def gaps(self, row: int) -> Gaps:
        """Jaccard's distance; whole numbers divided once, so equal sentences tie exactly."""
        shared = self.rows @ self.rows[row]
        sizes = self.rows.sum(axis=1)
        gaps: Gaps = 1 - shared / (sizes + sizes[row] - shared)
        return gaps

    def _entry(self, row: int, gaps: Gaps, shares: Gaps) -> Measured:
        adjusted = self.adjusted(row, gaps)
        return BySentence(
            self.names[row], float(shares[row]), 1 - float(gaps[row]), "", "generated", adjusted=adjusted
        )


def _asked(query: ViewQuery | Asked, row: int) -> Asked:
    return Asked(query.image_id, None if query.image_id is not None else str(row))
