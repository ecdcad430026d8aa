"""Feeds the generation that a view prepares to serve next, beside the one that serves."""

import asyncio
import logging
from collections.abc import Callable

import anyio.to_thread

from diversity_contracts.wire import Preparing
from diversity_gateway.batches import Batches
from diversity_gateway.views import ChangesRefused, View, ViewUnavailable

_log = logging.getLogger(__name__)
SETTLE_S = 0.1  # between looks at a generation that has everything and does not serve yet


class Preparation:
    """One view's. `run` is its task; it sleeps until the view says that it prepares something."""

    def __init__(self, name: str, view: View, batches: Batches, finished: Callable[[], None]) -> None:
        """`finished` is called when a generation that was fed serves, or is not wanted any more."""
        self._name, self._view, self._batches, self._finished = name, view, batches, finished
        self._due = asyncio.Event()

    def notice(self, preparing: Preparing | None) -> None:
        """What the view said of the generation it prepares."""
        if preparing is not None and preparing.stage == "indexing":
            self._due.set()

    async def run(self) -> None:
        """Feed until cancelled. What fails is begun again when the view speaks of it the next time."""
        while True:
            await self._due.wait()
            try:
                await self._feed()
                self._finished()
            except (ViewUnavailable, ChangesRefused) as error:
                _log.warning("generation not fed", extra={"view": self._name, "reason": str(error)})
            except Exception:  # noqa: BLE001 - a bug in one batch must not end the feed; it is logged and retried
                _log.exception("generation not fed", extra={"view": self._name})
            self._due.clear()

    async def _feed(self) -> None:
        while (preparing := (await self._view.model()).preparing) is not None:
            if preparing.stage != "indexing":
                return
            catalogue_id, applied = preparing.catalogue_id, preparing.applied
            following = self._batches.following
            while (found := await anyio.to_thread.run_sync(following, catalogue_id, applied)) is not None:
                batch, pictures = found
                reply = await self._view.push(batch, pictures, preparing.name)
                catalogue_id, applied = batch.catalogue_id, reply.applied
            await asyncio.sleep(SETTLE_S)
