"""The last few results of something slow, for whoever asks the same again in a moment."""

import threading
from collections import deque
from collections.abc import Callable
from typing import Generic, TypeVar

Value = TypeVar("Value")


class Recent(Generic[Value]):
    """At most `size` values, each made from a state and a question.

    A caller asks for one query's list first, then for its numbers of other pictures: a history is measured
    once for both, as long as the state is the same object.
    """

    def __init__(self, size: int = 4) -> None:
        self._kept: deque[tuple[object, object, Value]] = deque(maxlen=size)
        self._lock = threading.Lock()

    def of(self, state: object, question: object, make: Callable[[], Value]) -> Value:
        """What was made of `state` (the very object) and an equal `question`, else `make()`."""
        with self._lock:
            for known, asked, value in self._kept:
                if known is state and asked == question:
                    return value
        value = make()  # two that ask at once both make it: waiting for the other would hold up a thread
        with self._lock:
            self._kept.append((state, question, value))
        return value
