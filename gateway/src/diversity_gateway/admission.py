"""How many requests are worked on at once; the excess is refused at once, not queued."""

from collections.abc import Iterator
from contextlib import contextmanager

from diversity_contracts.problems import TooManyRequests


class Admission:
    """A count of the requests in work. For one event loop; not for threads."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self.in_flight = 0

    @contextmanager
    def admit(self) -> Iterator[None]:
        """Raises TooManyRequests past the limit."""
        if self.in_flight >= self._limit:
            raise TooManyRequests(f"More than {self._limit} requests at once.", retry_after_s=1)
        self.in_flight += 1
        try:
            yield
        finally:
            self.in_flight -= 1
