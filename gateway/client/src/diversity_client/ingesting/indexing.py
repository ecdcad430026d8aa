"""Waiting until every view has taken in what was sent."""

import time
from collections.abc import Callable

from diversity_client.answers import Stats
from diversity_client.client import Client
from diversity_client.errors import ClientError

POLL_S = 0.5
STALL_S = 120.0  # a view that takes in nothing for so long is broken, not slow: a batch takes seconds


class Stalled(ClientError):
    """Pictures wait, and no view takes one."""


def wait_indexed(
    client: Client,
    *,
    watch: Callable[[int], None] = lambda pending: None,
    pause: Callable[[float], None] = time.sleep,
    now: Callable[[], float] = time.monotonic,
    stall_s: float = STALL_S,
) -> Stats:
    """Return once every view has the whole catalogue; `watch` is told what is pending, all views together.

    Raises Stalled when nothing moves for `stall_s` seconds.
    """
    least, moved = None, now()
    while True:
        stats = client.stats()
        pending = sum(view.pending for view in stats.views.values())
        watch(pending)
        if pending == 0:
            return stats
        if least is None or pending < least:
            least, moved = pending, now()
        elif now() - moved > stall_s:
            away = [name for name, view in stats.views.items() if not view.reachable]
            said = f"; not reachable: {', '.join(away)}" if away else ""
            raise Stalled(f"{pending} pictures wait, and no view took one for {stall_s:.0f} s{said}.")
        pause(POLL_S)
