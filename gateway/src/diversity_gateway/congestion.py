"""How many queries at once a lane lets through, learned from how long they take. Pure.

Additive increase, multiplicative decrease (Chiu and Jain 1989): a fixed limit is too small for one machine
and on another so large that every query misses the views' deadline, which ends in no answer for anybody.
"""

from dataclasses import dataclass

FIRST = 16  # enough to keep two views of two threads busy; found out of within a second under load
LEAST = 4  # one slow kind of query, a long history say, must not shut the others out
STEP_DOWN = 0.9
SMOOTHING = 0.1  # of the mean time in work: the last ten or so count


@dataclass(frozen=True, slots=True)
class Congestion:
    """What is known so far. Times in seconds on one clock.

    Attributes:
        limit: requests at once; the whole part counts.
        mean_s: how long one is in work.
        eased_at: when the limit was last taken down.
    """

    limit: float
    mean_s: float = 0.0
    eased_at: float = float("-inf")

    def after(
        self, started: float, ended: float, *, target_s: float, most: int, saturated: bool
    ) -> "Congestion":
        """What is known once a request was in work from `started` to `ended`.

        Args:
            target_s: a request that takes longer tells of congestion, but for one that began before the limit
                was last taken down.
            saturated: the limit was in use, so there is reason to raise it.
        """
        took = ended - started
        mean = took if self.mean_s == 0 else self.mean_s + SMOOTHING * (took - self.mean_s)
        if took > target_s:
            if started < self.eased_at:
                return Congestion(self.limit, mean, self.eased_at)
            least = min(float(LEAST), self.limit)
            return Congestion(max(least, STEP_DOWN * self.limit), mean, ended)
        raised = min(float(most), self.limit + 1 / self.limit) if saturated else self.limit
        return Congestion(raised, mean, self.eased_at)

    def wait_s(self, waiting: int) -> float:
        """How long the next request would wait behind `waiting` others (Little's law)."""
        return (waiting + 1) * self.mean_s / self.limit
