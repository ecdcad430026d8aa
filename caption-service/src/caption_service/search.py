"""The arithmetic of text retrieval: similarities of entries, their percentiles, both ends of the ranking."""

import heapq
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from diversity_view.ranks import in_order, percentiles_among

Float64 = NDArray[np.float64]
End = Literal["similar", "divergent"]


@dataclass(frozen=True, slots=True)
class Bounds:
    """Which similarities may be listed, both ends included; None leaves an end open."""

    least: float | None = None
    most: float | None = None

    def admit(self, similarities: Float64) -> NDArray[np.bool_]:
        """Whether each may be listed."""
        admitted = np.ones(len(similarities), dtype=np.bool_)
        if self.least is not None:
            admitted &= similarities >= self.least
        if self.most is not None:
            admitted &= similarities <= self.most
        return admitted


def entry_similarities(by_sentence: Float64, pairs: NDArray[np.intp], starts: NDArray[np.intp]) -> Float64:
    """The largest over each entry's sentences.

    Args:
        by_sentence: (s,).
        pairs: (m,), the sentences of the first entry, then those of the second, and so on.
        starts: (n,), where each entry's begin in `pairs`; every entry has at least one.
    """
    if len(starts) == 0:
        return np.zeros(0)
    largest: Float64 = np.maximum.reduceat(by_sentence[pairs], starts)
    return largest


def end_of(similarities: Float64, ids: NDArray[np.object_], n: int, end: End) -> NDArray[np.intp]:
    """The positions of the `n` most or least similar (fewer if there are no more), best first, ties by id."""
    keys = -similarities if end == "similar" else similarities
    if n >= len(keys):
        return in_order(keys, ids)
    if n <= 0:
        return np.zeros(0, dtype=np.intp)
    last = np.partition(keys, n - 1)[n - 1]
    inside = np.flatnonzero(keys < last)
    best = inside[in_order(keys[inside], ids[inside])]
    # Most of a catalogue may be tied at 0: of the last run of ties only the first ids are sorted.
    run = np.flatnonzero(keys == last)
    first = heapq.nsmallest(n - len(best), run.tolist(), key=lambda position: str(ids[position]))
    return np.concatenate([best, np.array(first, dtype=np.intp)])


def percentiles(similarities: Float64, asked: Float64) -> Float64:
    """(more similar + ½ · other ties) ÷ others, of entries (m,) that are among `similarities` (n,)."""
    return percentiles_among(-similarities, -asked)
