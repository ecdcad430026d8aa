"""A connection whose replies leave in one piece: head and body would each cost a call of the system, and wake
the client for half a reply.
"""

import asyncio
from typing import Any


class JoinedWrites:
    """A transport that holds what is written until more is, or until the event loop's next turn.

    All else is the transport's own.
    """

    def __init__(self, transport: asyncio.Transport, loop: asyncio.AbstractEventLoop) -> None:
        self._transport, self._loop = transport, loop
        self._held: bytes | None = None
        self._due: asyncio.Handle | None = None

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)

    def write(self, data: bytes) -> None:
        """Send `data` after what is held, or hold it."""
        if self._held is None:
            self._held, self._due = data, self._loop.call_soon(self._send)
        else:
            self._transport.writelines((self._taken(), data))

    def close(self) -> None:
        """Close, once everything has been sent."""
        self._send()
        self._transport.close()

    def _send(self) -> None:
        if self._held is not None:
            held = self._taken()
            if not self._transport.is_closing():
                self._transport.write(held)

    def _taken(self) -> bytes:
        held, self._held = self._held or b"", None
        if self._due is not None:
            self._due.cancel()
            self._due = None
        return held
