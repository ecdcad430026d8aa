"""The evidence of one query: what the views replied, read as a ranking. It asks nobody; `retrieve` does."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from diversity_gateway import far_band
from diversity_gateway.entries import Snapshot
from diversity_gateway.ranking import Frontier, Ranked, is_proven, select, unseen_key
from diversity_gateway.views import Asked, Listing, Measured, Measures, ViewQuery
from diversity_gateway.wishes import Account, Refused, Retrieved, Wish

GROWTH = 4  # a list is asked for again whole, so the last reading costs three quarters of all
# A list that stands inside a tie moves no bound however deep it is read; it may lag two readings behind.
FLAT_LAG = GROWTH**2


class Moved(Exception):
    """Two replies of one view stand on different states."""


@dataclass(slots=True)
class Reading:
    """One view's list as far as it was read: `depth` entries, fewer where the index has no more."""

    depth: int
    frontier: Frontier
    flat: bool
    """The whole list, or what the last reading added to it, is one tie."""


@dataclass(slots=True)
class Evidence:
    """The views' replies to one query, of one state each.

    Args:
        pinned: a view that moves ends the attempt; otherwise it is noted.
        refused: per view the pictures of the catalogue that it does not take.
        passing: how many pictures pass the wish's filter; None where it has none.
    """

    query: ViewQuery
    wish: Wish
    pinned: bool
    refused: Mapping[str, Refused]
    passing: int | None = None
    accounts: dict[str, Account] = field(init=False)
    asked: dict[str, ViewQuery | Asked] = field(init=False)
    measured: dict[str, dict[str, Measured]] = field(init=False)
    readings: dict[str, Reading] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        self.accounts = {name: Account() for name in self.wish.weights}
        self.asked = dict.fromkeys(self.wish.weights, self.query)
        self.measured = {name: {} for name in self.wish.weights}

    @property
    def answering(self) -> list[str]:
        """The views that have not failed."""
        return [name for name, account in self.accounts.items() if account.status == "ok"]

    @property
    def ranking(self) -> list[str]:
        """Those of them that have a weight; the others are asked for their numbers only."""
        return [name for name in self.answering if self.wish.weights[name] > 0]

    def note(self, name: str, reply: Listing | Measures) -> None:
        """Take in what a reply says of view and query; raises Moved when it does not fit the earlier."""
        account = self.accounts[name]
        if account.stand is not None and account.stand != reply.stand:
            # Numbers of two generations are never put side by side, however often that is begun anew.
            if self.pinned or account.stand.generation != reply.stand.generation:
                raise Moved
            account.moved = True
        account.stand, account.sentence = reply.stand, reply.sentence
        self.asked[name] = reply.asked

    def note_list(self, name: str, reply: Listing, depth: int) -> None:
        """Take in a view's list, asked for to `depth`; it replaces a shorter one."""
        before = self.readings.get(name)
        entries = reply.entries
        self.measured[name].update((entry.image_id, entry) for entry in entries)
        last = entries[-1] if entries else None
        known = before.frontier.percentile if before else entries[0].percentile if entries else 0.0
        frontier = Frontier(
            percentile=last.percentile if last else 0.0,
            image_id=last.image_id if last else "",
            exhausted=len(entries) < depth,
        )
        self.readings[name] = Reading(depth, frontier, flat=frontier.percentile == known)

    def missing(self, name: str, image_ids: Iterable[str]) -> list[str]:
        """Those of `image_ids` whose numbers `name` has not given yet."""
        known = self.measured[name]
        return [key for key in image_ids if key not in known]

    def candidates(self) -> list[str]:
        """Every picture that a ranking view listed, and those that one refuses: no list may show them."""
        keys: dict[str, None] = {}
        for name in self.ranking:
            keys.update(dict.fromkeys(self.measured[name]))
            keys.update(dict.fromkeys(self.refused[name].ids))
        return list(keys)

    def deeper(self, limit: int) -> dict[str, int]:
        """The lists to read again and how deep, at most `limit`; none when reading on would tell nothing."""
        readings = {name: self.readings[name] for name in self.ranking}
        unread = {
            name: reading
            for name, reading in readings.items()
            if not reading.frontier.exhausted and reading.depth < limit
        }
        deepest = max((reading.depth for reading in readings.values()), default=0)
        due = [
            name
            for name, reading in unread.items()
            if not reading.flat or reading.depth * FLAT_LAG <= deepest
        ]
        return {name: min(limit, GROWTH * unread[name].depth) for name in due or unread}

    def in_step(self, snapshot: Snapshot) -> bool:
        """Whether every view's index is the catalogue of `snapshot`, but for what it is known to refuse."""
        return all(self._is_in_step(name, snapshot) for name in self.answering)

    def read(self, snapshot: Snapshot) -> Retrieved:
        """The ranking of what was seen and is in `snapshot`, and whether it is proven."""
        wish, answering = self.wish, self.answering
        shares: dict[str, dict[str, float]] = {}
        for name in answering:
            for key, entry in self.measured[name].items():
                shares.setdefault(key, {})[name] = entry.percentile
        weights = {name: wish.weights[name] for name in answering}
        candidates = ((key, known) for key, known in shares.items() if key in snapshot.entries)
        ranked = select(wish.mode, candidates, weights, band=wish.band, banned=wish.exclude)
        in_step = self.in_step(snapshot)
        frontiers = {name: reading.frontier for name, reading in self.readings.items()}
        unseen = unseen_key(wish.mode, frontiers, weights, same_pictures=in_step)
        adjusted = {} if wish.listed is None else self._adjusted(ranked, weights)
        if adjusted and wish.listed is not None:
            eligible = snapshot.size if self.passing is None else self.passing
            size = None if wish.band is not None else far_band.band_size(eligible, wish.listed)
            proven = far_band.is_band_proven(ranked, size, wish.wanted, unseen, wish.band)
            ranked = far_band.reordered(ranked, size, adjusted)
        else:
            proven = is_proven(wish.mode, ranked, wish.wanted, unseen, wish.band)
        return Retrieved(
            ranked=ranked[: wish.wanted],
            measured={name: self.measured[name] for name in answering},
            asked=dict(self.asked),
            snapshot=snapshot,
            accounts=self.accounts,
            proven=proven,
            exact=proven and in_step and len(answering) == len(wish.weights),
        )

    def _adjusted(self, ranked: Iterable[Ranked], weights: Mapping[str, float]) -> dict[str, float]:
        """The blended adjusted values; empty where no ranking view has a reference sample."""
        if len(weights) == 1:  # as below, without a blend of one
            ((name, weight),) = weights.items()
            known = self.measured[name]
            told = ((one.image_id, known[one.image_id].adjusted) for one in ranked if weight > 0)
            return {image_id: value for image_id, value in told if value is not None}
        found = {}
        for entry in ranked:
            values = {
                name: numbers.adjusted
                for name in weights
                if (numbers := self.measured[name].get(entry.image_id)) and numbers.adjusted is not None
            }
            if (value := far_band.blend_adjusted(values, weights)) is not None:
                found[entry.image_id] = value
        return found

    def _is_in_step(self, name: str, snapshot: Snapshot) -> bool:
        account, refused = self.accounts[name], self.refused[name]
        if account.stand is None or account.moved or account.stand.applied != snapshot.version:
            return False
        absent = len(refused.ids) if refused.applied == snapshot.version else 0
        return account.stand.count + absent == snapshot.size
