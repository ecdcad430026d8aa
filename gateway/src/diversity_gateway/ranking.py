"""The blend of the views' percentiles: its order, its band, and when a list is proven. Pure.

Inside this module everything is a key that sorts ascending, best first: `(sign · divergence, image_id)` with
sign −1 where the most divergent is wanted, +1 where the most similar is. Pictures are rows of columns; only
those that are shown become objects.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from math import isnan
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from diversity_gateway.measured import Column

Mode = Literal["divergent", "similar"]
Key = tuple[float, str]
Rows = NDArray[np.intp]
Percentiles = Mapping[str, float]  # by view name; a view that does not hold the picture is absent


@dataclass(frozen=True, slots=True)
class Band:
    """Bounds on divergence, both included, in 0..1."""

    low: float = 0.0
    high: float = 1.0


@dataclass(frozen=True, slots=True)
class Frontier:
    """Where a view's list ends: the last fetched entry, or the end of the whole catalogue."""

    percentile: float
    image_id: str
    exhausted: bool = False


@dataclass(frozen=True, slots=True)
class Candidates:
    """Pictures (n), each once, with their percentiles by view: (n,), NaN where it does not hold one."""

    image_ids: Sequence[str]
    percentiles: Mapping[str, Column]


class Ranked(NamedTuple):
    """A picture with its place: `divergence` is the blend of `percentiles`, 0..1; `adjusted` is set inside
    the far band (`far_band`)."""

    image_id: str
    divergence: float
    percentiles: Percentiles
    adjusted: float | None = None


@dataclass(frozen=True, slots=True)
class Order:
    """Candidates in the order of a ranking: their rows (m,), `divergence` (m,) and `adjusted` (m,), NaN
    behind the far band; None where there is no such band. Where it is not `whole`, others come after these.
    """

    candidates: Candidates
    rows: Rows
    divergence: Column
    adjusted: Column | None = None
    whole: bool = True

    def __len__(self) -> int:
        return len(self.rows)

    def image_ids(self) -> list[str]:
        """The pictures (m)."""
        return [self.candidates.image_ids[row] for row in self.rows.tolist()]

    def of(self, chosen: NDArray[np.bool_]) -> "Order":
        """Those `chosen` (m,), where nothing is adjusted yet."""
        return Order(self.candidates, self.rows[chosen], self.divergence[chosen], whole=self.whole)

    def image_id(self, place: int) -> str:
        """The picture at `place`."""
        return self.candidates.image_ids[int(self.rows[place])]

    def first(self, count: int) -> list[Ranked]:
        """The first `count` pictures."""
        rows = self.rows[:count]
        image_ids, shares = self.candidates.image_ids, list[dict[str, float]]({} for _ in rows)
        for view, column in self.candidates.percentiles.items():
            for share, number in zip(shares, column[rows].tolist(), strict=True):
                if not isnan(number):
                    share[view] = number
        adjusted = [None] * len(rows) if self.adjusted is None else known(self.adjusted[:count])
        names = [image_ids[row] for row in rows.tolist()]
        return list(map(Ranked, names, self.divergence[:count].tolist(), shares, adjusted))


def known(column: Column) -> list[float | None]:
    """NaN as None."""
    return [None if isnan(number) else number for number in column.tolist()]


def weighted(columns: Mapping[str, Column], weights: Mapping[str, float]) -> tuple[Column, Column]:
    """The weighted mean (n,) of `columns` over the views that have a weight, and those columns (v, n).

    NaN is left out; NaN where nothing is left. A single number is its own mean, exactly. The views are always
    added in the order of `weights`.
    """
    present = [(weight, columns[view]) for view, weight in weights.items() if view in columns and weight > 0]
    if not present:
        nobody = np.full((1, *np.shape(next(iter(columns.values()), ()))), np.nan)
        return nobody[0], nobody
    if len(present) == 1:
        column = present[0][1]
        return column, column[np.newaxis]
    parts = np.stack([column for _, column in present])
    shares = np.where(np.isnan(parts), 0.0, np.array([[weight] for weight, _ in present]))
    total = (shares * np.where(np.isnan(parts), 0.0, parts)).sum(axis=0)
    with np.errstate(invalid="ignore"):
        mean = total / shares.sum(axis=0)
    alone = (~np.isnan(parts)).sum(axis=0) == 1
    return np.where(alone, np.fmax.reduce(parts), mean), parts


def blend(percentiles: Mapping[str, Column], weights: Mapping[str, float]) -> Column:
    """The divergence (n,): the weighted mean of the views' percentiles; NaN where no weighted view has one.

    Monotone in every percentile, in floating point too.
    """
    mean, parts = weighted(percentiles, weights)
    if len(parts) == 1:
        return mean
    # Rounding may leave the parts' range by one place.
    found: Column = np.fmin(np.fmax(mean, np.fmin.reduce(parts)), np.fmax.reduce(parts))
    return found


def agreement(percentiles: Percentiles) -> bool | None:
    """Whether the views put a picture on the same side of 0.5; None unless at least two know it.

    Exactly 0.5 lies on both sides: a view that sees the whole catalogue as one tie contradicts nobody.
    """
    if len(percentiles) < 2:
        return None
    shares = percentiles.values()
    return min(shares) >= 0.5 or max(shares) <= 0.5


def order_key(mode: Mode, divergence: float, image_id: str) -> Key:
    """The place of a picture in a ranking; ties by image_id."""
    return (-divergence if mode == "divergent" else divergence, image_id)


def in_order(keys: Column, rows: Rows, image_ids: Sequence[str]) -> Rows:
    """The places (m,) of `keys`, those of the pictures in `rows`, in ascending order; ties by image_id."""
    order: Rows = np.argsort(keys, kind="stable")
    keys = keys[order]
    tied = np.flatnonzero(keys[1:] == keys[:-1])  # with the next one
    if not len(tied):
        return order
    starts = tied[np.diff(tied, prepend=-2) > 1]
    ends = tied[np.diff(tied, append=len(keys) + 1) > 1] + 2
    listed: list[int] = rows.tolist()
    for start, end in zip(starts.tolist(), ends.tolist(), strict=True):
        order[start:end] = sorted(order[start:end].tolist(), key=lambda place: image_ids[listed[place]])
    return order


def unseen_key(
    mode: Mode, frontiers: Mapping[str, Frontier], weights: Mapping[str, float], *, same_pictures: bool
) -> Key | None:
    """The best place that a picture missing from every list could take; None when there is no such picture.

    Fagin, Lotem and Naor 2003 (threshold algorithm): an unseen picture stands at or past every frontier, so
    its blend is at best the blend of the frontiers. Where the views hold different pictures
    (`same_pictures` false), it may be known to some of them only, and its blend is at best that of the best
    single frontier. One view's list is in final order already, so there the bound carries the id as well.
    """
    ranking = {view: frontiers[view] for view, weight in weights.items() if weight > 0 and view in frontiers}
    open_ends = {view: frontier for view, frontier in ranking.items() if not frontier.exhausted}
    if not open_ends or (same_pictures and len(open_ends) < len(ranking)):
        return None
    if len(ranking) == 1:
        (only,) = ranking.values()
        return order_key(mode, only.percentile, only.image_id)
    shares = {view: np.array([frontier.percentile]) for view, frontier in open_ends.items()}
    if same_pictures:
        best = blend(shares, weights)
    else:
        best = max(shares.values()) if mode == "divergent" else min(shares.values())
    # An unseen picture may tie and have the smaller id: the empty text sorts before every id.
    return order_key(mode, float(best[0]), "")


def select(
    mode: Mode,
    candidates: Candidates,
    weights: Mapping[str, float],
    *,
    band: Band | None = None,
    banned: Collection[str] = (),
    most: int | None = None,
) -> Order:
    """The candidates inside `band` and not `banned`, best first, ties by image_id; of more than `most` these
    and what ties with the last of them."""
    divergence = blend(candidates.percentiles, weights)
    keep = ~np.isnan(divergence)
    if band is not None:
        keep &= (divergence >= band.low) & (divergence <= band.high)
    if banned:
        keep &= ~np.fromiter(map(banned.__contains__, candidates.image_ids), bool, len(keep))
    rows = np.flatnonzero(keep)
    keys = -divergence[rows] if mode == "divergent" else divergence[rows]
    whole = most is None or most >= len(rows)
    if most is not None and not whole:
        first = keys <= np.partition(keys, most - 1)[most - 1]
        rows, keys = rows[first], keys[first]
    rows = rows[in_order(keys, rows, candidates.image_ids)]
    return Order(candidates, rows, divergence[rows], whole=whole)


def is_proven(mode: Mode, ranked: Order, wanted: int, unseen: Key | None, band: Band | None) -> bool:
    """Whether the first `wanted` of `ranked` equal those of the whole catalogue.

    They do when nothing is unseen; when the last wanted one stands at or before any unseen picture; or when
    every unseen picture lies past the band.
    """
    if unseen is None:
        return True
    if band is not None and (-unseen[0] < band.low if mode == "divergent" else unseen[0] > band.high):
        return True
    if len(ranked) < wanted:
        return False
    last = float(ranked.divergence[wanted - 1])
    return order_key(mode, last, ranked.image_id(wanted - 1)) <= unseen
