"""One query over all views: fetch, measure, join with the catalogue, go deeper until the list is proven.

The shape is Fagin's threshold algorithm: sorted access to each view's list, random access (`measure`) for
what another view listed, and a bound on what is still unseen (`ranking.unseen_key`). Exclusions, filters
and bands only make it go deeper.
"""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import TypeVar

from anyio import to_thread

from diversity_contracts.problems import NotReady, TooManyRequests, UnknownId
from diversity_gateway import lookups
from diversity_gateway.catalogue import Catalogue
from diversity_gateway.catalogue_rows import Sought
from diversity_gateway.depths import MAX_DEPTH, SLACK, first_depth
from diversity_gateway.evidence import Evidence, Moved
from diversity_gateway.views import (
    Asked,
    GenerationChanged,
    Listing,
    Measures,
    View,
    ViewQuery,
    ViewUnavailable,
)
from diversity_gateway.wishes import Refused, Retrieved, Wish

_log = logging.getLogger(__name__)
Reply = TypeVar("Reply", Listing, Measures)
_Call = Callable[[View, ViewQuery | Asked], Awaitable[Reply]]

# Up to here it is cheaper to measure the pictures that pass a filter than to walk a list until enough of
# them came.
MAX_MEASURED = 5_000
SPARE = 8  # one picture in so many may be blank, or gone, before a ranking is ordered again whole
RESTARTS = 3  # when the catalogue moves between two replies of one query
ATTEMPTS = 8  # when an artifact does; the first of them are restarts too


def _none_refused(_: str) -> Refused:
    return Refused()


class Retrieval:
    """Answers wishes from `views` and `catalogue`.

    Args:
        read_picture: the bytes of a catalogue picture.
        refused: by a view's name, the catalogue pictures that it does not take.
    """

    def __init__(
        self,
        views: Mapping[str, View],
        catalogue: Catalogue,
        read_picture: Callable[[str], bytes],
        refused: Callable[[str], Refused] = _none_refused,
    ) -> None:
        self._views = views
        self._catalogue = catalogue
        self._read_picture = read_picture
        self._refused = refused

    async def find(
        self, query: ViewQuery, wish: Wish, asked: Mapping[str, ViewQuery | Asked] | None = None
    ) -> Retrieved:
        """The first `wish.wanted` pictures of the ranking.

        Args:
            asked: the query as the views know it from an earlier wish, so that it is encoded once.

        Raises NotReady when no view that ranks answers, TooManyRequests when all are merely busy, and what a
        view says of the query itself.
        """
        if query.image_id is not None:
            wish = replace(wish, exclude=wish.exclude | {query.image_id})
        for attempt in range(ATTEMPTS):
            try:
                known = asked if attempt == 0 and asked is not None else {}
                return await self._attempt(query, wish, known, pinned=attempt < RESTARTS)
            except (Moved, GenerationChanged):
                continue
        raise NotReady("The views take up other artifacts faster than a query is answered.", retry_after_s=1)

    async def _attempt(
        self, query: ViewQuery, wish: Wish, known: Mapping[str, ViewQuery | Asked], *, pinned: bool
    ) -> Retrieved:
        refused = {name: self._refused(name) for name in wish.weights}
        seen = Evidence(query, wish, pinned, refused)
        seen.asked.update(known)
        if wish.filter is not None or wish.blanks == "only":
            few = await self._passing(wish, MAX_MEASURED + 1)
            if len(few) <= MAX_MEASURED:
                return await self._measured_whole(seen, few)
            seen.passing = await to_thread.run_sync(self._catalogue.count, wish.filter or {}, wish.blanks)
        size = (await lookups.state(self._catalogue)).size
        eligible = size if seen.passing is None else seen.passing
        depth = first_depth(wish, size, eligible, len(seen.ranking))
        enough = seen.enough(size)
        # Of what passes a filter nobody knows where it stands.
        most = None if enough is None or seen.passing is not None else enough + enough // SPARE + SLACK
        # A view without a weight ranks nothing; one entry makes it take the query in beside the others.
        due = {name: depth if wish.weights[name] > 0 else 1 for name in seen.answering}
        while due:
            if seen.passing is not None and max(due.values()) > seen.passing:
                # What passes lies far from where the lists begin: they would be read past all of it.
                return await self._measured_whole(seen, await self._passing(wish, MAX_DEPTH))
            await self._walk(seen, due)
            await self._measure(seen, seen.ranking, seen.candidates())
            found = await self._join(seen, most)
            due = {} if found.proven else seen.deeper(MAX_DEPTH)
        idle = [name for name in seen.answering if name not in seen.ranking]
        if idle:
            await self._measure(seen, idle, _shown(found))
            found = await self._join(seen, most)
        return found

    async def _passing(self, wish: Wish, most: int) -> list[str]:
        """The catalogue pictures that pass the filter of `wish`, `most` of them at most."""
        return await to_thread.run_sync(self._catalogue.matching, wish.filter or {}, most, wish.blanks)

    async def _measured_whole(self, seen: Evidence, passing: list[str]) -> Retrieved:
        """The ranking of all that pass the filter, without the lists."""
        seen.passing = len(passing)
        seen.readings.clear()
        await self._measure(seen, seen.answering, passing)
        return await self._join(seen)

    async def _walk(self, seen: Evidence, depths: Mapping[str, int]) -> None:
        """The views' lists, each to its depth."""
        mode = seen.wish.mode

        def listed(depth: int) -> "_Call[Listing]":
            return lambda view, query: view.ends(query, mode, depth)

        calls = {name: listed(depth) for name, depth in depths.items()}
        for name, reply in (await self._gather(seen, calls)).items():
            seen.note_list(name, reply, depths[name])

    async def _measure(self, seen: Evidence, names: Iterable[str], image_ids: Sequence[str]) -> None:
        """The numbers of every one of `image_ids` by every one of the views `names`."""
        missing = {name: seen.missing(name, image_ids) for name in names}

        def measured(keys: Sequence[str]) -> "_Call[Measures]":
            return lambda view, query: view.measure(query, keys)

        calls = {
            name: measured(keys)
            for name, keys in missing.items()
            if keys or seen.accounts[name].stand is None
        }
        for name, reply in (await self._gather(seen, calls)).items():
            seen.note_measures(name, reply)

    async def _gather(self, seen: Evidence, calls: Mapping[str, "_Call[Reply]"]) -> dict[str, Reply]:
        """The replies of the views that gave one, all asked at once; what failed is noted."""

        async def one(name: str, call: "_Call[Reply]") -> "tuple[str, Reply | None]":
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

        if len(calls) == 1:  # no task of its own, which costs more than the call
            replies = [await one(name, call) for name, call in calls.items()]
        else:
            replies = await asyncio.gather(*(one(name, call) for name, call in calls.items()))
        answers = {name: reply for name, reply in replies if reply is not None}
        for name, reply in answers.items():
            seen.note(name, reply)
        if not seen.ranking:
            if all(account.status in {"busy", "ok"} for account in seen.accounts.values()):
                raise TooManyRequests("The views are busy.", retry_after_s=1)
            raise NotReady("No view that ranks answers at the moment.", retry_after_s=2)
        return answers

    async def _ask(self, name: str, query: ViewQuery | Asked, call: "_Call[Reply]") -> Reply:
        view = self._views[name]
        try:
            return await call(view, query)
        except UnknownId as error:
            # The view does not have this catalogue picture yet: its bytes ask the same. A history may be a
            # thousand pictures; of one that has some of them already the others are left out.
            if query.image_id is None:
                raise ViewUnavailable("loading", error.detail) from error
            picture = await to_thread.run_sync(self._read_picture, query.image_id)
            return await call(view, ViewQuery(picture))

    async def _join(self, seen: Evidence, most: int | None = None) -> Retrieved:
        """Join what was seen with the catalogue, rank it, and say whether that is proven.

        Args:
            most: so many pictures from the ranking's start are likely to tell; None: all may be needed.
        """
        ordered = seen.ordered(most)
        sought = Sought(ordered.order.image_ids(), seen.wish.filter, seen.wish.blanks, seen.held_in())
        read = partial(seen.read, ordered)
        found, snapshot = await lookups.joined(self._catalogue, sought, read, _shown)
        return await self._join(seen) if found is None else replace(found, snapshot=snapshot)


def _shown(found: Retrieved | None) -> list[str]:
    return [] if found is None else [ranked.image_id for ranked in found.ranked]
