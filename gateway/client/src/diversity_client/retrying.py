"""When a call is made again, decided without a clock of its own. Pure.

Waits grow as in exponential backoff with full jitter (Brooker, "Exponential Backoff And Jitter", 2015), and
are never shorter than what the gateway asked for by Retry-After.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

# The gateway refuses with these before it acted on anything, so any call may be sent again.
REFUSED_UNREAD = frozenset({429, 503})
# What was or was not done is not known: a slow upload, a proxy that lost the gateway.
UNCERTAIN = frozenset({408, 502, 504})


@dataclass(frozen=True, slots=True)
class Retries:
    """How patient a client is. Times in seconds.

    Attributes:
        attempts: calls in all, the first one included; 1: never again.
        patience_s: from the first call on, no wait reaches beyond this.
        first_s, most_s: the longest wait after the first failure, doubling; and after any.
    """

    attempts: int = 8
    patience_s: float = 60.0
    first_s: float = 0.25
    most_s: float = 8.0

    def pause(
        self, failures: int, spent_s: float, retry_after_s: float | None, chance: float
    ) -> float | None:
        """Seconds to wait after so many `failures`, `spent_s` after the first call; None: give up.

        `chance` in 0..1 is the jitter: clients that were refused together do not come back together.
        """
        if failures >= self.attempts:
            return None
        longest = min(self.most_s, self.first_s * 2.0 ** (failures - 1))
        pause = chance * longest
        if retry_after_s is not None:
            pause += retry_after_s
        return pause if spent_s + pause <= self.patience_s else None


def retry_after(value: str | None, now: datetime) -> float | None:
    """Seconds in a Retry-After header, a number or a date (RFC 9110, 10.2.3); None without a sound one."""
    if value is None:
        return None
    if value.strip().isdecimal():
        return float(value)
    try:
        until = parsedate_to_datetime(value)
    except ValueError:
        return None
    if until.tzinfo is None:
        until = until.replace(tzinfo=UTC)
    return max(0.0, (until - now).total_seconds())
