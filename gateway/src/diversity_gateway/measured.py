"""What a view says of pictures: a column a number, and one picture's put together where it is shown. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import repeat

import numpy as np
from numpy.typing import NDArray

from diversity_contracts.texts import Texts
from diversity_contracts.wire import CaptionSource

Column = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Measured:
    """One picture as one view sees it from the query; each view adds its own number.

    `adjusted`: how much further it is from the query than it usually is, in deviations; None from a view
    without a reference sample, and in a list from the near end.
    """

    image_id: str
    percentile: float
    adjusted: float | None = field(default=None, kw_only=True)


@dataclass(frozen=True, slots=True)
class ByDistance(Measured):
    """As the DRML view sees it: the Euclidean distance between the embeddings."""

    distance: float


@dataclass(frozen=True, slots=True)
class BySentence(Measured):
    """As the caption view sees it: the largest similarity over its captions, and the one that gave it."""

    similarity: float
    caption: str
    caption_source: CaptionSource


@dataclass(frozen=True)
class Numbers:
    """Pictures (n), each once, as one view sees them.

    Attributes:
        percentiles: (n,), 0..1.
        values: (n,): distances, or similarities where there are captions.
        adjusted: (n,), NaN where `Measured` has None.
        captions: (n,); None from a view without sentences.
        sources: (n,), whose these are.
    """

    image_ids: Sequence[str]
    percentiles: Column
    values: Column
    adjusted: Column
    captions: Sequence[str] | None = None
    sources: Sequence[CaptionSource] | None = None

    @cached_property
    def rows(self) -> dict[str, int]:
        """Where each picture stands."""
        return dict(zip(self.image_ids, range(len(self.image_ids)), strict=True))

    def __contains__(self, image_id: object) -> bool:
        return image_id in self.rows

    def get(self, image_id: str) -> Measured | None:
        """One picture's; None where the view did not say."""
        row = self.rows.get(image_id)
        if row is None:
            return None
        percentile, value = float(self.percentiles[row]), float(self.values[row])
        told = float(self.adjusted[row])
        adjusted = None if np.isnan(told) else told
        if self.captions is None or self.sources is None:
            return ByDistance(image_id, percentile, value, adjusted=adjusted)
        caption, source = self.captions[row], self.sources[row]
        return BySentence(image_id, percentile, value, caption, source, adjusted=adjusted)

    def along(self, image_ids: Sequence[str]) -> tuple[Column, Column]:
        """Percentiles and adjusted values of `image_ids`, (m,) each: NaN where the view did not say."""
        if image_ids is self.image_ids:
            return self.percentiles, self.adjusted
        rows = np.fromiter(map(self.rows.get, image_ids, repeat(-1)), np.intp, len(image_ids))
        # The last one, which is added, stands for what is not there.
        return np.append(self.percentiles, np.nan)[rows], np.append(self.adjusted, np.nan)[rows]

    def take(self, rows: Sequence[int]) -> "Numbers":
        """Those of `rows`, in their order."""
        places = np.array(rows, dtype=np.intp)
        return Numbers(
            [self.image_ids[row] for row in rows],
            self.percentiles[places],
            self.values[places],
            self.adjusted[places],
            None if self.captions is None else [self.captions[row] for row in rows],
            None if self.sources is None else [self.sources[row] for row in rows],
        )

    def updated(self, later: "Numbers") -> "Numbers":
        """These and `later`, which counts where both have a picture."""
        if not self.image_ids or not later.image_ids:
            return self if not later.image_ids else later
        kept, rows = self, self._rows_before(later)
        if len(rows) < len(self.image_ids) + len(later.image_ids):
            kept = self.take([row for row, key in enumerate(self.image_ids) if key not in later.rows])
            rows = kept._rows_before(later)
        both = Numbers(
            [*kept.image_ids, *later.image_ids],
            np.concatenate([kept.percentiles, later.percentiles]),
            np.concatenate([kept.values, later.values]),
            np.concatenate([kept.adjusted, later.adjusted]),
            None if later.captions is None else _one_after_the_other(kept.captions or (), later.captions),
            None if later.sources is None else [*(kept.sources or ()), *later.sources],
        )
        vars(both)["rows"] = rows  # as the property would work out anew
        return both

    def _rows_before(self, later: "Numbers") -> dict[str, int]:
        """Where each picture stands once `later` is put after these; fewer where one is in both."""
        first = len(self.image_ids)
        return self.rows | dict(zip(later.image_ids, range(first, first + len(later.image_ids)), strict=True))

    @classmethod
    def of(cls, entries: Iterable[Measured]) -> "Numbers":
        """Of pictures, each once, that are there one by one: all by distance, or all by sentence."""
        known = list(entries)
        told = [np.nan if one.adjusted is None else one.adjusted for one in known]
        said = [one for one in known if isinstance(one, BySentence)]
        values = [one.distance for one in known if isinstance(one, ByDistance)]
        return cls(
            [one.image_id for one in known],
            np.array([one.percentile for one in known], dtype=np.float64),
            np.array(values or [one.similarity for one in said], dtype=np.float64),
            np.array(told, dtype=np.float64),
            [one.caption for one in said] if said else None,
            [one.caption_source for one in said] if said else None,
        )


def _one_after_the_other(first: Sequence[str], later: Sequence[str]) -> Sequence[str]:
    """Both; without a look at any where a view sent them as one text."""
    if isinstance(first, Texts) and isinstance(later, Texts):
        return first + later
    return [*first, *later]


NOTHING = Numbers((), np.zeros(0), np.zeros(0), np.zeros(0))
