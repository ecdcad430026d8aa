"""The merge picture by picture, with a dictionary for each: the reference of the one that works on columns.

Slow and obvious. It is told the same replies as `evidence.Evidence` and says what that must say, to the bit.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from diversity_gateway.evidence import FLAT_LAG, GROWTH
from diversity_gateway.far_band import band_size
from diversity_gateway.measured import Measured
from diversity_gateway.ranking import Band, Key, Mode, Ranked
from diversity_gateway.wishes import Wish

Shares = Mapping[str, float]


def blend(shares: Shares, weights: Shares) -> float | None:
    """The weighted mean, kept among its parts."""
    present = [(weight, shares[view]) for view, weight in weights.items() if view in shares and weight > 0]
    if len(present) < 2:
        return present[0][1] if present else None
    mean = sum(weight * share for weight, share in present) / sum(weight for weight, _ in present)
    parts = [share for _, share in present]
    return min(max(mean, min(parts)), max(parts))


def blend_adjusted(values: Shares, weights: Shares) -> float | None:
    """The weighted mean."""
    present = [(weight, values[view]) for view, weight in weights.items() if view in values and weight > 0]
    if len(present) < 2:
        return present[0][1] if present else None
    return sum(weight * value for weight, value in present) / sum(weight for weight, _ in present)


def key_of(mode: Mode, entry: Ranked) -> Key:
    """The best first, ties by image_id."""
    return (-entry.divergence if mode == "divergent" else entry.divergence, entry.image_id)


def select(
    mode: Mode,
    candidates: Iterable[tuple[str, Shares]],
    weights: Shares,
    *,
    band: Band | None = None,
    banned: Iterable[str] = (),
) -> list[Ranked]:
    """The candidates inside `band` and not `banned`, in order."""
    ranked, out = list[Ranked](), set(banned)
    for image_id, shares in candidates:
        divergence = blend(shares, weights)
        if divergence is None or image_id in out:
            continue
        if band is None or band.low <= divergence <= band.high:
            ranked.append(Ranked(image_id, divergence, shares))
    return sorted(ranked, key=lambda entry: key_of(mode, entry))


def reordered(ranked: list[Ranked], size: int | None, adjusted: Shares) -> list[Ranked]:
    """The far band by its adjusted values, the largest first; what has none comes last in it."""
    stop = len(ranked)
    if size is not None and len(ranked) > size:
        stop = sum(entry.divergence >= ranked[size - 1].divergence for entry in ranked)
    band = [
        Ranked(entry.image_id, entry.divergence, entry.percentiles, adjusted.get(entry.image_id))
        for entry in ranked[:stop]
    ]

    def place(entry: Ranked) -> tuple[bool, Key]:
        if entry.adjusted is None:
            return (True, key_of("divergent", entry))
        return (False, (-entry.adjusted, entry.image_id))

    return sorted(band, key=place) + ranked[stop:]


def is_proven(mode: Mode, ranked: list[Ranked], wanted: int, unseen: Key | None, band: Band | None) -> bool:
    """Whether nothing unseen stands before the last wanted one, or inside the band."""
    if unseen is None:
        return True
    if band is not None and (-unseen[0] < band.low if mode == "divergent" else unseen[0] > band.high):
        return True
    return len(ranked) >= wanted and key_of(mode, ranked[wanted - 1]) <= unseen


def is_band_proven(
    ranked: list[Ranked], size: int | None, wanted: int, unseen: Key | None, band: Band | None
) -> bool:
    """Whether nothing unseen belongs into the far band, or before the last wanted one."""
    if unseen is None:
        return True
    best = -unseen[0]
    if size is None:
        return band is not None and best < band.low
    if len(ranked) < size or ranked[size - 1].divergence <= best:
        return False
    return wanted <= size or is_proven("divergent", ranked, wanted, unseen, None)


@dataclass
class PlainList:
    """One view's list as it was read last."""

    depth: int
    percentile: float
    image_id: str
    exhausted: bool
    flat: bool


@dataclass
class PlainEvidence:
    """What the views of `wish.weights` said; `refused` by view."""

    wish: Wish
    refused: Mapping[str, frozenset[str]]
    passing: int | None = None
    measured: dict[str, dict[str, Measured]] = field(default_factory=dict)
    lists: dict[str, PlainList] = field(default_factory=dict)

    def note_list(self, name: str, entries: Sequence[Measured], depth: int) -> None:
        """A view's list, asked for to `depth`."""
        self.note(name, entries)
        last, known = (entries[-1].percentile, entries[0].percentile) if entries else (0.0, 0.0)
        if name in self.lists:
            known = self.lists[name].percentile
        image_id = entries[-1].image_id if entries else ""
        self.lists[name] = PlainList(depth, last, image_id, len(entries) < depth, last == known)

    def note(self, name: str, entries: Sequence[Measured]) -> None:
        """A view's numbers of some pictures; the latest of a picture count."""
        self.measured.setdefault(name, {}).update((entry.image_id, entry) for entry in entries)

    @property
    def ranking(self) -> list[str]:
        """The views that answered and have a weight."""
        return [name for name in self.measured if self.wish.weights[name] > 0]

    def candidates(self) -> set[str]:
        """What must be measured by every ranking view."""
        listed = {key for name in self.ranking for key in self.measured[name]}
        return listed | {key for name in self.ranking for key in self.refused[name]}

    def deeper(self, limit: int) -> dict[str, int]:
        """The lists to read on, each to its depth."""
        lists = {name: self.lists[name] for name in self.ranking}
        unread = {name: one.depth for name, one in lists.items() if not one.exhausted and one.depth < limit}
        deepest = max((one.depth for one in lists.values()), default=0)
        due = [name for name, depth in unread.items() if not lists[name].flat or depth * FLAT_LAG <= deepest]
        return {name: min(limit, GROWTH * unread[name]) for name in due or unread}

    def unseen(self, same_pictures: bool) -> Key | None:
        """The best place of a picture in no list."""
        mode = self.wish.mode
        ranking = {name: one for name, one in self.lists.items() if self.wish.weights[name] > 0}
        open_ends = {name: one for name, one in ranking.items() if not one.exhausted}
        if not open_ends or (same_pictures and len(open_ends) < len(ranking)):
            return None
        sign = -1 if mode == "divergent" else 1
        if len(ranking) == 1:
            (only,) = ranking.values()
            return (sign * only.percentile, only.image_id)
        shares = {name: one.percentile for name, one in open_ends.items()}
        best = max(shares.values()) if mode == "divergent" else min(shares.values())
        if same_pictures:
            blended = blend(shares, self.wish.weights)
            assert blended is not None
            best = blended
        return (sign * best, "")

    def read(self, there: frozenset[str], size: int, in_step: bool) -> tuple[list[Ranked], bool]:
        """The wanted first of the ranking of what is `there`, and whether that is proven."""
        wish, weights = self.wish, {name: self.wish.weights[name] for name in self.measured}
        shares: dict[str, dict[str, float]] = {}
        for name, known in self.measured.items():
            for key, entry in known.items():
                shares.setdefault(key, {})[name] = entry.percentile
        found = ((key, known) for key, known in shares.items() if key in there)
        ranked = select(wish.mode, found, weights, band=wish.band, banned=wish.exclude)
        unseen, adjusted = self.unseen(in_step), dict[str, float]()
        for one in ranked if wish.listed is not None else ():
            numbers = {name: known.get(one.image_id) for name, known in self.measured.items()}
            told = {name: said.adjusted for name, said in numbers.items() if said}
            values = {name: value for name, value in told.items() if value is not None}
            if (blended := blend_adjusted(values, weights)) is not None:
                adjusted[one.image_id] = blended
        if adjusted and wish.listed is not None:
            eligible = size if self.passing is None else self.passing
            length = None if wish.band is not None else band_size(eligible, wish.listed)
            proven = is_band_proven(ranked, length, wish.wanted, unseen, wish.band)
            ranked = reordered(ranked, length, adjusted)
        else:
            proven = is_proven(wish.mode, ranked, wish.wanted, unseen, wish.band)
        return ranked[: wish.wanted], proven
