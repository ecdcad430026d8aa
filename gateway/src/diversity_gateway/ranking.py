"""The blend of the views' percentiles: its order, its band, and when a list is proven. Pure.

Inside this module everything is a key that sorts ascending, best first: `(sign · divergence, image_id)` with
sign −1 where the most divergent is wanted, +1 where the most similar is.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

Mode = Literal["divergent", "similar"]
Key = tuple[float, str]
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
class Ranked:
    """A picture with its place: `divergence` is the blend of `percentiles`, 0..1; `adjusted` is set inside
    the far band (`far_band`)."""

    image_id: str
    divergence: float
    percentiles: Percentiles
    adjusted: float | None = None


def blend(percentiles: Percentiles, weights: Mapping[str, float]) -> float | None:
    """The weighted mean of `percentiles` over the views that have one; None where no weighted view does.

    Monotone in every percentile, in floating point too: the views are always added in the order of `weights`.
    """
    present = [
        (weight, percentiles[view]) for view, weight in weights.items() if view in percentiles and weight > 0
    ]
    if not present:
        return None
    if len(present) == 1:
        return present[0][1]
    mean = sum(weight * share for weight, share in present) / sum(weight for weight, _ in present)
    shares = [share for _, share in present]
    return min(max(mean, min(shares)), max(shares))  # rounding may leave the shares' range by one place


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
    if same_pictures:
        best = blend({view: frontier.percentile for view, frontier in open_ends.items()}, weights)
    else:
        shares = [frontier.percentile for frontier in open_ends.values()]
        best = max(shares) if mode == "divergent" else min(shares)
    if best is None:
        raise ValueError("a frontier of a view without a weight")
    # An unseen picture may tie and have the smaller id: the empty text sorts before every id.
    return order_key(mode, best, "")


def select(
    mode: Mode,
    candidates: Iterable[tuple[str, Percentiles]],
    weights: Mapping[str, float],
    *,
    band: Band | None = None,
    banned: Collection[str] = (),
) -> list[Ranked]:
    """The candidates inside `band` and not `banned`, best first, ties by image_id."""
    ranked = []
    only = next(iter(weights)) if len(weights) == 1 and weights[next(iter(weights))] > 0 else None
    for image_id, percentiles in candidates:
        divergence = blend(percentiles, weights) if only is None else percentiles.get(only)
        if divergence is None or image_id in banned:
            continue
        if band is not None and not band.low <= divergence <= band.high:
            continue
        ranked.append(Ranked(image_id, divergence, percentiles))
    ranked.sort(key=lambda entry: order_key(mode, entry.divergence, entry.image_id))
    return ranked


def is_proven(mode: Mode, ranked: list[Ranked], wanted: int, unseen: Key | None, band: Band | None) -> bool:
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
    last = ranked[wanted - 1]
    return order_key(mode, last.divergence, last.image_id) <= unseen
