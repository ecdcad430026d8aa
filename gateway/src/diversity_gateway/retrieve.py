"""One query over all views: fetch, measure, join with the catalogue, go deeper until the list is proven.

The shape is Fagin's threshold algorithm: sorted access to each view's list, random access (`measure`) for
what another view listed, and a bound on what is still unseen (`ranking.unseen_key`). Exclusions, filters
and bands only make it go deeper.
"""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import TypeVar

from anyio import to_thread

from diversity_contracts.problems import NotReady, TooManyRequests, UnknownId
from diversity_gateway.catalogue import Catalogue
from diversity_gateway.ranking import Frontier, Mode, is_proven, select, unseen_key
from diversity_gateway.views import (
    Asked,
    Listing,
    Measured,
    Measures,
    Stand,
    View,
    ViewQuery,
    ViewUnavailable,
)
from diversity_gateway.wishes import Account, Retrieved, Wish

_log = logging.getLogger(__name__)
Reply = TypeVar("Reply", Listing, Measures)
_Call = Callable[[View, ViewQuery | Asked], Awaitable[Reply]]

MAX_DEPTH = 100_000  # the most entries a view lists in one reply
SLACK = 16  # a few more than wanted, so that one deletion in flight does not cost a second round
# Up to here it is cheaper to measure the pictures that pass a filter than to walk a list until enough of
# them came.
MAX_MEASURED = 5_000
RESTARTS = 3  # when the catalogue moves between two replies of one query


class _Moved(Exception):
    """Two replies of one view stand on different states."""


@dataclass(slots=True)
class _Seen:
    """What one attempt has gathered."""

    accounts: dict[str, Account]
    asked: dict[str, ViewQuery | Asked]
    pinned: bool  # whether a view that moves ends the attempt
    measured: dict[str, dict[str, Measured]] = field(default_factory=dict)
    frontiers: dict[str, Frontier] = field(default_factory=dict)

    @property
    def answering(self) -> list[str]:
        """The views that have not failed."""
        return [name for name, account in self.accounts.items() if account.status == "ok"]

    def stand(self, name: str, stand: Stand) -> None:
        """Note what a reply was computed on; raises _Moved when it does not fit the earlier ones."""
        account = self.accounts[name]
        if account.stand is not None and account.stand != stand:
            if self.pinned:
                raise _Moved
            account.moved = True
        account.stand = stand


class Retrieval:
    """Answers wishes from `views` and `catalogue`; `read_picture` gives the bytes of a catalogue picture."""

    def __init__(
        self, views: Mapping[str, View], catalogue: Catalogue, read_picture: Callable[[str], bytes]
    ) -> None:
        self._views = views
        self._catalogue = catalogue
        self._read_picture = read_picture

    async def find(self, query: ViewQuery, wish: Wish) -> Retrieved:
        """The first `wish.wanted` pictures of the ranking.

        Raises NotReady when no view answers, TooManyRequests when all are merely busy, and what a view says
        of the query itself.
        """
        if query.image_id is not None:
            wish = replace(wish, exclude=wish.exclude | {query.image_id})
        for _ in range(RESTARTS):
            try:
                return await self._attempt(query, wish, pinned=True)
            except _Moved:
                continue
        return await self._attempt(query, wish, pinned=False)

    async def _attempt(self, query: ViewQuery, wish: Wish, *, pinned: bool) -> Retrieved:
        names = list(wish.weights)
        seen = _Seen({name: Account() for name in names}, dict.fromkeys(names, query), pinned)
        if wish.filter is not None:
            few = await to_thread.run_sync(self._catalogue.matching, wish.filter, MAX_MEASURED + 1)
            if len(few) <= MAX_MEASURED:
                await self._measure(seen, few)
                return await self._join(seen, wish)
        depth = await self._first_depth(wish)
        while True:
            await self._walk(seen, wish.mode, depth)
            union = dict.fromkeys(key for entries in seen.measured.values() for key in entries)
            await self._measure(seen, list(union))
            found = await self._join(seen, wish)
            if found.proven or depth == MAX_DEPTH:
                return found
            depth = min(MAX_DEPTH, 2 * depth)

    async def _first_depth(self, wish: Wish) -> int:
        """How deep to look first: what lies between the end and a band's near bound is skipped."""
        depth = wish.wanted + min(len(wish.exclude), wish.wanted) + SLACK
        if wish.band is not None:
            size = (await to_thread.run_sync(self._catalogue.state)).size
            depth += round(size * (1 - wish.band.high if wish.mode == "divergent" else wish.band.low))
        return min(MAX_DEPTH, depth)

    async def _walk(self, seen: _Seen, mode: Mode, depth: int) -> None:
        """Every view's list, to `depth`."""
        replies = await self._gather(
            seen, {name: lambda view, query: view.ends(query, mode, depth) for name in seen.answering}
        )
        for name, reply in replies.items():
            seen.measured[name] = {entry.image_id: entry for entry in reply.entries}
            last = reply.entries[-1] if reply.entries else None
            seen.frontiers[name] = Frontier(
                percentile=last.percentile if last else 0.0,
                image_id=last.image_id if last else "",
                exhausted=len(reply.entries) < depth,
            )

    async def _measure(self, seen: _Seen, image_ids: list[str]) -> None:
        """Every view's numbers for every one of `image_ids`."""
        missing = {
            name: [key for key in image_ids if key not in seen.measured.get(name, {})]
            for name in seen.answering
        }
        calls: dict[str, _Call[Measures]] = {
            name: lambda view, query, keys=keys: view.measure(query, keys)  # type: ignore[misc]
            for name, keys in missing.items()
            if keys or name not in seen.measured
        }
        for name, reply in (await self._gather(seen, calls)).items():
            seen.measured.setdefault(name, {}).update(reply.entries)

    async def _gather(self, seen: _Seen, calls: Mapping[str, "_Call[Reply]"]) -> dict[str, Reply]:
        """The replies of the views that gave one, all asked at once; what failed is noted."""

        async def one(name: str, call: _Call[Reply]) -> tuple[str, Reply | None]:
            account, started = seen.accounts[name], time.perf_counter()
            try:
                return name, await self._ask(name, seen.asked[name], call)
            except ViewUnavailable as error:
                _log.warning(
                    "view missing", extra={"view": name, "reason": error.reason, "detail": str(error)}
                )
                account.status = error.reason
                return name, None
            finally:
                account.took_ms += (time.perf_counter() - started) * 1000

        replies = await asyncio.gather(*(one(name, call) for name, call in calls.items()))
        answers = {name: reply for name, reply in replies if reply is not None}
        for name, reply in answers.items():
            seen.stand(name, reply.stand)
            seen.asked[name] = reply.asked
        if not seen.answering:
            if all(account.status == "busy" for account in seen.accounts.values()):
                raise TooManyRequests("The views are busy.", retry_after_s=1)
            raise NotReady("No view answers at the moment.", retry_after_s=2)
        return answers

    async def _ask(self, name: str, query: ViewQuery | Asked, call: "_Call[Reply]") -> Reply:
        view = self._views[name]
        try:
            return await call(view, query)
        except UnknownId:
            # The view does not have this catalogue picture yet: its bytes ask the same.
            if query.image_id is None:
                raise
            picture = await to_thread.run_sync(self._read_picture, query.image_id)
            return await call(view, ViewQuery(picture))

    async def _join(self, seen: _Seen, wish: Wish) -> Retrieved:
        """Join what was seen with the catalogue, rank it, and say whether that is proven."""
        answering = seen.answering
        shares: dict[str, dict[str, float]] = {}
        for name in answering:
            for key, entry in seen.measured[name].items():
                shares.setdefault(key, {})[name] = entry.percentile
        snapshot = await to_thread.run_sync(self._catalogue.lookup, list(shares), wish.filter)
        weights = {name: wish.weights[name] for name in answering}
        candidates = ((key, known) for key, known in shares.items() if key in snapshot.entries)
        ranked = select(wish.mode, candidates, weights, band=wish.band, banned=wish.exclude)
        # Only then is each view's list a ranking of exactly the catalogue that was read.
        in_step = all(
            account.stand is not None
            and not account.moved
            and (account.stand.applied, account.stand.count) == (snapshot.version, snapshot.size)
            for account in (seen.accounts[name] for name in answering)
        )
        unseen = unseen_key(wish.mode, seen.frontiers, weights, same_pictures=in_step)
        proven = is_proven(wish.mode, ranked, wish.wanted, unseen, wish.band)
        return Retrieved(
            ranked=ranked[: wish.wanted],
            measured={name: seen.measured[name] for name in answering},
            snapshot=snapshot,
            accounts=seen.accounts,
            proven=proven,
            exact=proven and in_step and len(answering) == len(wish.weights),
        )
