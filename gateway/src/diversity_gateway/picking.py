"""From a ranking to what is returned: twins left out, blank pictures last, picks spread from each other.

Each step keeps what stood before when more is read, so pages fit together: twins follow `likeness`, and picks
are spread within consecutive pools of the ranking, each of `Choice.pool` pictures.
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from anyio import to_thread

from diversity_contracts.problems import NotReady, ProblemError
from diversity_gateway.evidence import Moved
from diversity_gateway.likeness import (
    MAX_PERCENTILE,
    WINDOW,
    close_looks,
    equal_contents,
    without_twins,
)
from diversity_gateway.ranking import Ranked
from diversity_gateway.retrieve import Retrieval
from diversity_gateway.spread import Float64, blended_shares, spread
from diversity_gateway.views import Asked, GenerationChanged, View, ViewQuery, ViewUnavailable
from diversity_gateway.wishes import Retrieved, Wish

ATTEMPTS = 4  # when a view changes between a ranking and the distances within it
_Pairs = tuple[Sequence[str], Float64]
_ABSENT = (ViewUnavailable, GenerationChanged, ProblemError)  # what a view may answer instead of numbers


@dataclass(frozen=True, slots=True)
class Choice:
    """How a page is picked from the ranking.

    Attributes:
        offset: results before this page.
        count: results on it; one more is looked for.
        diversity: λ, 0..1; 0 is the ranking itself.
        pool: pictures that picks are spread among.
        collapse: twins are left out.
        blanks_last: pictures that show nothing come after all others.
    """

    offset: int
    count: int
    diversity: float = 0.0
    pool: int = 50
    collapse: bool = True
    blanks_last: bool = False

    @property
    def needed(self) -> int:
        """Distinct pictures of the ranking that must be known: whole pools where picks are spread."""
        upto = self.offset + self.count + 1
        return upto if self.diversity == 0 else -(-upto // self.pool) * self.pool


@dataclass(frozen=True, slots=True)
class Picked:
    """What was retrieved, its `ranked` in the order of the picks; twins by the id that stands for them."""

    found: Retrieved
    twins: Mapping[str, list[str]] = field(default_factory=dict)


class Picking:
    """Over one retrieval and its views."""

    def __init__(self, retrieval: Retrieval, views: Mapping[str, View]) -> None:
        self._retrieval, self._views = retrieval, views

    async def pick(self, query: ViewQuery, wish: Wish, choice: Choice) -> Picked:
        """The first picks, up to one past the page. Raises what `Retrieval.find` does.

        Where the catalogue changes faster than picks are compared, the last attempt takes what it gets and
        is not exact.
        """
        for _ in range(ATTEMPTS - 1):
            try:
                return await self._attempt(query, wish, choice, pinned=True)
            except Moved:
                continue
        return await self._attempt(query, wish, choice, pinned=False)

    async def _attempt(self, query: ViewQuery, wish: Wish, choice: Choice, *, pinned: bool) -> Picked:
        wanted = choice.needed + (WINDOW if choice.collapse else 0)
        found: Retrieved | None = None
        while True:
            known = None if found is None else found.asked
            found = await self._ranking(query, replace(wish, wanted=wanted), choice, known, pinned=pinned)
            stays: Mapping[int, Sequence[int]] = dict.fromkeys(range(len(found.ranked)), ())
            if choice.collapse:
                stays = await self._distinct(found)
            if len(found.ranked) < wanted or self._suffices(list(stays), wanted, choice):
                break
            wanted *= 2
        ranked = [found.ranked[place] for place in stays]
        if choice.diversity > 0:
            ranked = await self._spread(ranked, found, wish, choice, pinned=pinned)
        twins = {
            found.ranked[place].image_id: [found.ranked[twin].image_id for twin in others]
            for place, others in stays.items()
            if others
        }
        first = ranked[: choice.offset + choice.count + 1]
        return Picked(replace(found, ranked=first, exact=pinned and found.exact), twins)

    def _suffices(self, stays: Sequence[int], wanted: int, choice: Choice) -> bool:
        last = choice.needed - 1
        return len(stays) > last and (not choice.collapse or stays[last] + WINDOW < wanted)

    async def _ranking(
        self,
        query: ViewQuery,
        wish: Wish,
        choice: Choice,
        known: Mapping[str, ViewQuery | Asked] | None,
        *,
        pinned: bool,
    ) -> Retrieved:
        """The ranking; where blank pictures come last, they follow once nothing else is left."""
        if not choice.blanks_last:
            return await self._retrieval.find(query, wish, known)
        found = await self._retrieval.find(query, replace(wish, blanks="out"), known)
        left = wish.wanted - len(found.ranked)
        if left == 0:
            return found
        blank = await self._retrieval.find(query, replace(wish, wanted=left, blanks="only"), found.asked)
        same = _state(blank) == _state(found)
        if pinned and not same:
            raise Moved
        listed = {ranked.image_id for ranked in found.ranked}  # one may have become blank between the two
        return Retrieved(
            ranked=found.ranked + [ranked for ranked in blank.ranked if ranked.image_id not in listed],
            measured={
                name: {**numbers, **found.measured.get(name, {})} for name, numbers in blank.measured.items()
            },
            snapshot=replace(found.snapshot, entries={**found.snapshot.entries, **blank.snapshot.entries}),
            accounts=blank.accounts,
            proven=found.proven and blank.proven,
            exact=same and found.exact and blank.exact,
            asked=blank.asked,
        )

    async def _distinct(self, found: Retrieved) -> dict[int, list[int]]:
        """The places that stay, each with its twins'. Looks alone do not decide: the DRML view must agree."""
        entries = [found.snapshot.entries[ranked.image_id] for ranked in found.ranked]
        alike = dict[int, set[int]]()
        contents = [entry.present.content_hash for entry in entries]
        for first, later in equal_contents(contents):
            alike.setdefault(first, set()).add(later)
        suspects = dict[int, list[int]]()
        for first, later in close_looks([entry.appearance for entry in entries]):
            if contents[first] == contents[later]:
                alike.setdefault(first, set()).add(later)
            else:
                suspects.setdefault(first, []).append(later)
        for place in suspects:  # one after the other: few, and most rankings have none
            close = await self._close(found.ranked[place], [found.ranked[later] for later in suspects[place]])
            alike.setdefault(place, set()).update(
                later for later in suspects[place] if found.ranked[later].image_id in close
            )
        return without_twins(len(entries), alike)

    async def _close(self, one: Ranked, others: Sequence[Ranked]) -> set[str]:
        """Those of `others` that the DRML view has among the nearest of `one`; none where it does not say."""
        view = self._views.get("drml")
        if view is None:
            return set()
        try:
            seen = await view.measure(ViewQuery(image_id=one.image_id), [other.image_id for other in others])
        except _ABSENT:
            return set()
        return {key for key, numbers in seen.entries.items() if numbers.percentile <= MAX_PERCENTILE}

    async def _spread(
        self, ranked: list[Ranked], found: Retrieved, wish: Wish, choice: Choice, *, pinned: bool
    ) -> list[Ranked]:
        """`ranked` with each pool that the page touches in the order of its picks, up to the page's end."""
        first, upto = choice.offset // choice.pool, choice.offset + choice.count + 1
        for start in range(first * choice.pool, min(upto, len(ranked)), choice.pool):
            pool = ranked[start : start + choice.pool]
            names = [entry.image_id for entry in pool]
            views = [name for name, weight in wish.weights.items() if weight > 0 and name in found.measured]
            compared = await asyncio.gather(
                *(self._pairs(name, names, found, pinned=pinned) for name in views)
            )
            known = {name: pairs for name, pairs in zip(views, compared, strict=True) if pairs is not None}
            if not known:
                raise NotReady("No view can compare the picks at the moment.", retry_after_s=1)
            count = min(len(pool), upto - start)
            places = await to_thread.run_sync(_places, names, known, wish.weights, choice.diversity, count)
            ranked[start : start + choice.pool] = [pool[place] for place in places]
        return ranked

    async def _pairs(
        self, name: str, image_ids: list[str], found: Retrieved, *, pinned: bool
    ) -> _Pairs | None:
        try:
            pairs = await self._views[name].pairs(image_ids)
        except _ABSENT:
            return None
        stand = found.accounts[name].stand
        if pinned and stand is not None and not found.accounts[name].moved and pairs.stand != stand:
            raise Moved
        return pairs.image_ids, pairs.distances


def _places(
    names: list[str],
    known: Mapping[str, _Pairs],
    weights: Mapping[str, float],
    diversity: float,
    count: int,
) -> list[int]:
    return spread(blended_shares(names, known, weights), diversity, count)


def _state(found: Retrieved) -> tuple[object, ...]:
    stands = [(name, account.status, account.stand) for name, account in found.accounts.items()]
    return (found.snapshot.version, stands)
