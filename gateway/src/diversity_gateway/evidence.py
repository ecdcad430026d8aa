"""The evidence of one query: what the views replied, read as a ranking. It asks nobody; `retrieve` does."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain, filterfalse

import numpy as np

from diversity_gateway import far_band
from diversity_gateway.entries import Presence, Snapshot
from diversity_gateway.measured import NOTHING, Column, Numbers
from diversity_gateway.ranking import Candidates, Frontier, Key, Order, is_proven, select, unseen_key
from diversity_gateway.views import Asked, Listing, Measures, ViewQuery
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


@dataclass(frozen=True, slots=True)
class Ordered:
    """Pictures in the order of a ranking, and what corrects it: a value a candidate, NaN where no view that
    ranks has a reference sample."""

    order: Order
    adjusted: Column


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
    measured: dict[str, Numbers] = field(init=False)
    readings: dict[str, Reading] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        self.accounts = {name: Account() for name in self.wish.weights}
        self.asked = dict.fromkeys(self.wish.weights, self.query)
        self.measured = dict.fromkeys(self.wish.weights, NOTHING)

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
        before, numbers = self.readings.get(name), reply.numbers
        self.measured[name] = self.measured[name].updated(numbers)
        first, last = numbers.percentiles[[0, -1]].tolist() if numbers.image_ids else (0.0, 0.0)
        frontier = Frontier(
            percentile=last,
            image_id=numbers.image_ids[-1] if numbers.image_ids else "",
            exhausted=len(numbers.image_ids) < depth,
        )
        known = before.frontier.percentile if before else first
        self.readings[name] = Reading(depth, frontier, flat=last == known)

    def note_measures(self, name: str, reply: Measures) -> None:
        """Take in a view's numbers of pictures that another one listed."""
        self.measured[name] = self.measured[name].updated(reply.numbers)

    def missing(self, name: str, image_ids: Sequence[str]) -> Sequence[str]:
        """Those of `image_ids` whose numbers `name` has not given yet."""
        known = self.measured[name]
        if image_ids is known.image_ids:
            return []
        return list(filterfalse(known.rows.__contains__, image_ids))

    def candidates(self) -> Sequence[str]:
        """Every picture that a ranking view listed, and those that one refuses: no list may show them."""
        refused = (self.refused[name].ids for name in self.ranking)
        return _each_once([*(self.measured[name].image_ids for name in self.ranking), *filter(None, refused)])

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

    def held_in(self) -> tuple[int, int] | None:
        """The one state of the catalogue, version and size, with which the views can be in step."""
        states = set[tuple[int, int]]()
        for name in self.answering:
            account, refused = self.accounts[name], self.refused[name]
            if account.stand is None or account.moved:
                return None
            applied = account.stand.applied
            absent = len(refused.ids) if refused.applied == applied else 0
            states.add((applied, account.stand.count + absent))
        return states.pop() if len(states) == 1 else None

    def in_step(self, snapshot: Snapshot) -> bool:
        """Whether every view's index is the catalogue of `snapshot`, but for what it is known to refuse."""
        return not self.answering or self.held_in() == (snapshot.version, snapshot.size)

    def enough(self, size: int) -> int | None:
        """How many pictures from a ranking's start tell all that is asked of it, over a catalogue of `size`;
        None: all of them."""
        if self.wish.listed is None:
            return self.wish.wanted
        if self.wish.band is not None:
            return None
        return max(self.wish.wanted, far_band.band_size(self._eligible(size), self.wish.listed))

    def ordered(self, most: int | None = None) -> Ordered:
        """What may be ranked, whether it is there or not: all of it, or the `most` first and their ties."""
        wish, weights = self.wish, self._weights()
        image_ids = _all_of([self.measured[name] for name in self.ranking or self.answering])
        columns = {name: self.measured[name].along(image_ids) for name in weights}
        shares = Candidates(image_ids, {name: percentiles for name, (percentiles, _) in columns.items()})
        return Ordered(
            select(wish.mode, shares, weights, band=wish.band, banned=wish.exclude, most=most),
            far_band.blend_adjusted({name: told for name, (_, told) in columns.items()}, weights),
        )

    def read(self, found: Ordered, presence: Presence) -> Retrieved | None:
        """The ranking of what was seen and is there, and whether it is proven; None where `found` is a part
        of it that does not tell.

        Args:
            presence: of the pictures of `found`; the answer's snapshot is its state.
        """
        wish, state, weights = self.wish, presence.state, self._weights()
        ranked, adjusted, enough = found.order.of(presence.there), found.adjusted, self.enough(state.size)
        corrects = wish.listed is not None and not np.isnan(adjusted[ranked.rows]).all()
        if not ranked.whole:
            is_told = corrects or wish.listed is None or bool(np.isnan(adjusted).all())
            if enough is None or len(ranked) < enough or not is_told:
                return None
        in_step = self.in_step(state)
        frontiers = {name: reading.frontier for name, reading in self.readings.items()}
        unseen = unseen_key(wish.mode, frontiers, weights, same_pictures=in_step)
        if corrects:
            ranked, proven = _corrected(wish, ranked, adjusted, self._eligible(state.size), unseen)
        else:
            proven = is_proven(wish.mode, ranked, wish.wanted, unseen, wish.band)
        return Retrieved(
            ranked=ranked.first(wish.wanted),
            measured={name: self.measured[name] for name in weights},
            asked=dict(self.asked),
            snapshot=state,
            accounts=self.accounts,
            proven=proven,
            exact=proven and in_step and len(weights) == len(wish.weights),
        )

    def _weights(self) -> dict[str, float]:
        return {name: self.wish.weights[name] for name in self.answering}

    def _eligible(self, size: int) -> int:
        return size if self.passing is None else self.passing


def _corrected(
    wish: Wish, ranked: Order, adjusted: Column, eligible: int, unseen: Key | None
) -> tuple[Order, bool]:
    """`ranked` with its far band in the order of `adjusted` (n,), and whether that is proven."""
    size = None
    if wish.band is None and wish.listed is not None:
        size = far_band.band_size(eligible, wish.listed)
    proven = far_band.is_band_proven(ranked, size, wish.wanted, unseen, wish.band)
    return far_band.reordered(ranked, size, adjusted), proven


def _all_of(views: Sequence[Numbers]) -> Sequence[str]:
    """Every picture of `views`; mostly the one that told most has all of them."""
    most = max(views, key=lambda numbers: len(numbers.image_ids), default=NOTHING)
    if all(numbers is most or numbers.rows.keys() <= most.rows.keys() for numbers in views):
        return most.image_ids
    return _each_once([numbers.image_ids for numbers in views])


def _each_once(lists: Sequence[Collection[str]]) -> Sequence[str]:
    """The ids of `lists`, in the order in which they come; a list that is alone is given as it is."""
    if len(lists) == 1 and isinstance(lists[0], Sequence):
        return lists[0]
    return list(dict.fromkeys(chain.from_iterable(lists)))
