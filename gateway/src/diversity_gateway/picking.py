"""From a ranking to what is returned: twins left out, blank pictures last, picks spread from each other.

Each step keeps what stood before when more is read, so pages fit together: twins follow `likeness`, and picks
are spread within consecutive pools of the ranking, each of `Choice.pool` pictures.
"""

import asyncio
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from anyio import to_thread

from diversity_contracts.problems import NotReady, ProblemError
from diversity_gateway.evidence import Moved
from diversity_gateway.likeness import WINDOW
from diversity_gateway.measured import NOTHING
from diversity_gateway.ranking import Ranked
from diversity_gateway.retrieve import Retrieval
from diversity_gateway.spread import Float64, blended_shares, spread
from diversity_gateway.twins import JUDGE, Distinct, distinct
from diversity_gateway.views import Asked, GenerationChanged, Stand, View, ViewQuery, ViewUnavailable
from diversity_gateway.wishes import Retrieved, Wish

_log = logging.getLogger(__name__)
ATTEMPTS = 4  # when a view changes between a ranking and the distances within it
_Pairs = tuple[Sequence[str], Float64]


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
    """What was retrieved, its `ranked` in the order of the picks; twins by the id that stands for them.

    A view that ranked, but did not compare what it should have, is marked in `found.accounts`.

    Attributes:
        judged: what the DRML view stood on where it told twins apart and is not among the views that rank.
        missing: it, where it should have and did not.
    """

    found: Retrieved
    twins: Mapping[str, list[str]] = field(default_factory=dict)
    judged: Stand | None = None
    missing: Sequence[str] = ()


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
            told = Distinct(dict.fromkeys(range(len(found.ranked)), ()))
            if choice.collapse:
                told = await distinct(found, self._views.get(JUDGE), pinned=pinned)
            if len(found.ranked) < wanted or self._suffices(list(told.stays), wanted, choice):
                break
            wanted *= 2
        asked = JUDGE in found.accounts
        if told.failed is not None and asked:
            found.accounts[JUDGE].status = told.failed
        ranked = [found.ranked[place] for place in told.stays]
        if choice.diversity > 0:
            ranked = await self._spread(ranked, found, wish, choice, pinned=pinned)
        twins = {
            found.ranked[place].image_id: [found.ranked[twin].image_id for twin in others]
            for place, others in told.stays.items()
            if others
        }
        whole = told.failed is None and all(account.status == "ok" for account in found.accounts.values())
        return Picked(
            replace(
                found,
                ranked=ranked[: choice.offset + choice.count + 1],
                exact=pinned and found.exact and told.sure and whole,
            ),
            twins,
            judged=None if asked else told.judged,
            missing=[JUDGE] if told.failed is not None and not asked else [],
        )

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
                name: numbers.updated(found.measured.get(name, NOTHING))
                for name, numbers in blank.measured.items()
            },
            snapshot=replace(found.snapshot, entries={**found.snapshot.entries, **blank.snapshot.entries}),
            accounts=blank.accounts,
            proven=found.proven and blank.proven,
            exact=same and found.exact and blank.exact,
            asked=blank.asked,
        )

    async def _spread(
        self, ranked: list[Ranked], found: Retrieved, wish: Wish, choice: Choice, *, pinned: bool
    ) -> list[Ranked]:
        """`ranked` with each pool that the page touches in the order of its picks, up to the page's end.

        A view that cannot compare them is marked as missing. Raises NotReady where none can.
        """
        first, upto = choice.offset // choice.pool, choice.offset + choice.count + 1
        for start in range(first * choice.pool, min(upto, len(ranked)), choice.pool):
            pool = ranked[start : start + choice.pool]
            names = [entry.image_id for entry in pool]
            views = [
                name
                for name, weight in wish.weights.items()
                if weight > 0 and found.accounts[name].status == "ok"
            ]
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
        account = found.accounts[name]
        try:
            pairs = await self._views[name].pairs(image_ids)
        except (ViewUnavailable, GenerationChanged, ProblemError) as error:
            account.status = error.reason if isinstance(error, ViewUnavailable) else "down"
            _log.warning("view cannot compare", extra={"view": name, "detail": str(error)})
            return None
        if pinned and account.stand is not None and not account.moved and pairs.stand != account.stand:
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
