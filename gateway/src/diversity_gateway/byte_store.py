"""Bytes by key, kept for as long as there is room.

A key names everything that its value was computed from, so a value never changes and never grows stale: a
store may forget whatever and whenever it likes, and two stores may be asked in any order.
"""

from collections import OrderedDict
from typing import Protocol

OVERHEAD = 200  # bytes an entry costs beside its key and value, about


class ByteStore(Protocol):
    """No call raises: what cannot be had is not there."""

    async def get(self, key: str) -> bytes | None:
        """The value, if it is still there."""

    async def put(self, key: str, value: bytes) -> None:
        """Keep the value for a while."""

    async def aclose(self) -> None:
        """Let go of connections."""


class InProcess:
    """The least recently used go when `limit` bytes are full. For one event loop."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._values: OrderedDict[str, bytes] = OrderedDict()
        self.held = 0

    async def get(self, key: str) -> bytes | None:
        """The value, which counts as used now."""
        value = self._values.get(key)
        if value is not None:
            self._values.move_to_end(key)
        return value

    async def put(self, key: str, value: bytes) -> None:
        """Keep it; one that takes more than a tenth of all room is not worth what goes for it."""
        size = _size(key, value)
        if size > self._limit // 10:
            return
        if (before := self._values.pop(key, None)) is not None:
            self.held -= _size(key, before)
        self._values[key] = value
        self.held += size
        while self.held > self._limit:
            self.held -= _size(*self._values.popitem(last=False))

    async def aclose(self) -> None:
        """Nothing is open."""


def _size(key: str, value: bytes) -> int:
    return len(key) + len(value) + OVERHEAD
