"""Keeps one view's index in step with the catalogue, from wherever the view says it stands.

It never gives up: a view that is away is asked again, at growing intervals, and fed from where it stopped.
What the view holds is asked, not remembered, so neither side's restart needs a word from the other.
"""

import asyncio
import logging
from collections.abc import Callable

import anyio.to_thread

from diversity_contracts.wire import ChangesApplied, ViewModel
from diversity_gateway.batches import Batches
from diversity_gateway.catalogue import Catalogue
from diversity_gateway.content_files import ContentFiles
from diversity_gateway.preparation import Preparation
from diversity_gateway.refusals import Refusals, absent
from diversity_gateway.views import ChangesRefused, View, ViewUnavailable

_log = logging.getLogger(__name__)

RETRY_FIRST_S = 0.1
RETRY_LAST_S = 2.0
LOADING_S = 0.2  # between looks at a view that starts: it answers at once, and soon has something to say
MAX_CHECKED = 1_000_000  # pictures whose presence in a view is looked at
POLL_S = 2.0  # how soon a view that lost its index, or took up a new artifact, is fed again


class Indexer:
    """One view's feeder. `run` is its task; the rest may be called from the same event loop."""

    def __init__(
        self,
        name: str,
        view: View,
        catalogue: Catalogue,
        files: ContentFiles,
        *,
        poll_s: float = POLL_S,
        on_applied: Callable[[int], None] = lambda _: None,
    ) -> None:
        self.name = name
        self._view = view
        self._catalogue = catalogue
        self._batches = Batches(catalogue, files)
        self._preparation = Preparation(name, view, self._batches, self.wake)
        self._poll_s = poll_s
        self._on_applied = on_applied
        self._work = asyncio.Event()
        self._moved = asyncio.Condition()
        self.model: ViewModel | None = None
        """What the view last said of itself; None before its first answer."""
        self.refusals = Refusals()
        self._away = False
        self._checked: tuple[str | None, int, int] | None = None

    @property
    def applied(self) -> int:
        """The change up to which this catalogue is known to be in the view's index."""
        if self.model is None or self.model.catalogue_id != self._catalogue.catalogue_id:
            return 0
        return self.model.applied

    @property
    def _takes_changes(self) -> bool:
        """Whether the view may be expected to take what it is sent; True before its first answer."""
        away = self._away or self._view.is_suspect
        return not away and (self.model is None or self.model.state == "ready")

    def wake(self) -> None:
        """There is a new change."""
        self._work.set()

    async def wait_for(self, seq: int) -> None:
        """Return once the view stands at change `seq`."""
        async with self._moved:
            await self._moved.wait_for(lambda: self.applied >= seq)

    async def settle(self, seq: int) -> None:
        """Return once the view stands at change `seq`, or does not answer and need not be waited for."""
        async with self._moved:
            await self._moved.wait_for(lambda: self.applied >= seq or not self._takes_changes)

    async def run(self) -> None:
        """Feed the view until cancelled, and the generation that it prepares."""
        async with asyncio.TaskGroup() as both:
            both.create_task(self._preparation.run())
            both.create_task(self._keep_in_step())

    async def _keep_in_step(self) -> None:
        pause = RETRY_FIRST_S
        while True:
            try:
                model = await self._view.model()
                await self._note(model)
                if model.state == "loading":
                    await asyncio.sleep(LOADING_S)
                    continue
                while (fed := await self._feed(model)) is not None:
                    model, pause = fed, RETRY_FIRST_S
                await self._check(model)
                await self._rest()
                pause = RETRY_FIRST_S
            except (ViewUnavailable, ChangesRefused) as error:
                _log.warning(
                    "view not fed", extra={"view": self.name, "reason": str(error), "retry_s": pause}
                )
                async with self._moved:
                    self._away = isinstance(error, ViewUnavailable)
                    self._moved.notify_all()
                await asyncio.sleep(pause)
                pause = min(2 * pause, RETRY_LAST_S)
            except Exception:  # noqa: BLE001 - a bug in one batch must not end the feed; it is logged and retried
                _log.exception("indexing failed", extra={"view": self.name, "retry_s": RETRY_LAST_S})
                await asyncio.sleep(RETRY_LAST_S)

    async def _feed(self, model: ViewModel) -> ViewModel | None:
        """Send the next batch; the view's state after it, or None when it had everything."""
        self._work.clear()
        found = await anyio.to_thread.run_sync(self._batches.following, model.catalogue_id, model.applied)
        if found is None:
            return None
        batch, pictures = found
        reply = await self._view.push(batch, pictures)
        self._log_refused(reply)
        self.refusals.follow(batch, reply)
        fed = model.model_copy(
            update={
                "applied": reply.applied,
                "count": reply.count,
                "catalogue_id": batch.catalogue_id,
            }
        )
        await self._note(fed)
        return fed

    async def _check(self, model: ViewModel) -> None:
        """Find out what a view in step does not hold, where its count tells that something is unknown.

        After a restart of this process nothing is known of what was refused before; and another
        generation may refuse other pictures.
        """
        state = await anyio.to_thread.run_sync(self._catalogue.state)
        stand = (model.name, model.applied, model.count)
        if stand == self._checked or state.version != model.applied:
            return
        replaced = self._checked is not None and self._checked[0] != model.name
        if model.count + len(self.refusals) != state.size or (replaced and self.refusals):
            image_ids = await anyio.to_thread.run_sync(self._catalogue.matching, {}, MAX_CHECKED)
            found = await absent(self._view, image_ids)
            if found is None or found[1] != model.applied:
                return
            self.refusals.replace(*found)
            _log.info("pictures that the view lacks", extra={"view": self.name, "pictures": len(found[0])})
        self._checked = stand

    async def _rest(self) -> None:
        """Until there is a change, or it is time to see whether the view still has what it had."""
        try:
            async with asyncio.timeout(self._poll_s):
                await self._work.wait()
        except TimeoutError:
            pass

    async def _note(self, model: ViewModel) -> None:
        async with self._moved:
            self.model, self._away = model, False
            self._preparation.notice(model.preparing)
            self._on_applied(self.applied)
            self._moved.notify_all()

    def _log_refused(self, reply: ChangesApplied) -> None:
        for refused in reply.refused:
            _log.error(
                "picture refused by view",
                extra={"view": self.name, "image_id": refused.image_id, "reason": refused.detail},
            )
