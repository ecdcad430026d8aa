"""Whether a neighbor is asked at all: after a failure it is probed, not waited for."""

import asyncio
import logging
from collections.abc import Awaitable, Callable

_log = logging.getLogger(__name__)

PROBE_EVERY_S = 0.25
PROBE_TIMEOUT_S = 2.0


class Circuit:
    """Opens at the first failure and closes when a probe succeeds. `kind` is what the neighbor is in the log.

    Probes come `every_s`, or at growing intervals up to `longest_s`.

    One failure suffices: the probe starts at once and takes milliseconds where the failure was a hiccup,
    while each caller sent to a view that hangs would wait for its whole deadline.
    """

    def __init__(
        self,
        name: str,
        probe: Callable[[], Awaitable[None]],
        every_s: float = PROBE_EVERY_S,
        *,
        longest_s: float | None = None,
        kind: str = "view",
    ) -> None:
        self._name = name
        self._probe = probe
        self._every_s = every_s
        self._longest_s = every_s if longest_s is None else longest_s
        self._kind = kind
        self._task: asyncio.Task[None] | None = None

    @property
    def is_open(self) -> bool:
        """True while the view is suspect."""
        return self._task is not None

    def open(self) -> None:
        """Until a probe succeeds; must be called inside a running event loop."""
        if self._task is None:
            self._task = asyncio.create_task(self._probe_until_well())

    def record_failure(self) -> None:
        """Open after a failure."""
        if self._task is None:
            _log.warning(f"{self._kind} suspect", extra={self._kind: self._name})
        self.open()

    async def aclose(self) -> None:
        """Stop probing."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
            self._task = None

    async def _probe_until_well(self) -> None:
        pause = self._every_s
        while True:
            try:
                async with asyncio.timeout(PROBE_TIMEOUT_S):
                    await self._probe()
                break
            except Exception as error:  # noqa: BLE001 - whatever ails the view, the answer is to ask again
                _log.debug(
                    f"{self._kind} probe failed", extra={self._kind: self._name, "reason": repr(error)}
                )
            await asyncio.sleep(pause)
            pause = min(2 * pause, self._longest_s)
        _log.info(f"{self._kind} well again", extra={self._kind: self._name})
        self._task = None
