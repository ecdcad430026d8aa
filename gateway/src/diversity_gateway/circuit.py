"""Whether a view is asked at all: after a failure it is probed, not waited for."""

import asyncio
import logging
from collections.abc import Awaitable, Callable

_log = logging.getLogger(__name__)

PROBE_EVERY_S = 0.25
PROBE_TIMEOUT_S = 2.0


class Circuit:
    """Opens at the first failure and closes when a probe succeeds.

    One failure suffices: the probe starts at once and takes milliseconds where the failure was a hiccup,
    while each caller sent to a view that hangs would wait for its whole deadline.
    """

    def __init__(
        self, name: str, probe: Callable[[], Awaitable[None]], every_s: float = PROBE_EVERY_S
    ) -> None:
        self._name = name
        self._probe = probe
        self._every_s = every_s
        self._task: asyncio.Task[None] | None = None

    @property
    def is_open(self) -> bool:
        """True while the view is suspect."""
        return self._task is not None

    def record_failure(self) -> None:
        """Open; must be called inside a running event loop."""
        if self._task is None:
            _log.warning("view suspect", extra={"view": self._name})
            self._task = asyncio.create_task(self._probe_until_well())

    async def aclose(self) -> None:
        """Stop probing."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
            self._task = None

    async def _probe_until_well(self) -> None:
        while True:
            try:
                async with asyncio.timeout(PROBE_TIMEOUT_S):
                    await self._probe()
                break
            except Exception as error:  # noqa: BLE001 - whatever ails the view, the answer is to ask again
                _log.debug("view probe failed", extra={"view": self._name, "reason": repr(error)})
            await asyncio.sleep(self._every_s)
        _log.info("view well again", extra={"view": self._name})
        self._task = None
