"""Arms timed in turns, so that what else the machine does weighs on all of them alike."""

import statistics
import time
from collections.abc import Callable, Mapping

CALLS = 5  # in a turn


def medians_ms(arms: Mapping[str, Callable[[], object]], rounds: int) -> dict[str, float]:
    """The median call of each arm; the first call of a turn finds another's weights in the cache and is left
    out."""
    took: dict[str, list[float]] = {name: [] for name in arms}
    for _ in range(rounds):
        for name, call in arms.items():
            call()
            for _ in range(CALLS):
                started = time.perf_counter()
                call()
                took[name].append((time.perf_counter() - started) * 1000)
    return {name: statistics.median(times) for name, times in took.items()}
