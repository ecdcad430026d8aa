"""How long a stage of the work took, told to whoever observes."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Literal

Stage = Literal["decode", "encode", "write", "search", "store"]  # write: a sentence, word by word
Observe = Callable[[Stage, float], None]


@contextmanager
def timed(observe: Observe, stage: Stage) -> Iterator[None]:
    """Report the seconds the block took, unless it raised."""
    started = time.perf_counter()
    yield
    observe(stage, time.perf_counter() - started)
