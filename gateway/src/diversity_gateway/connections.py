"""Connections that stall are closed: no request's head arrives in time or size, or nobody reads the reply.

uvicorn times an idle connection, but any byte stops that clock: a client that trickles its head, or a body
nobody reads any more, would hold a connection for ever. Nor does it time a reply: a client that does not read
would hold its bytes in memory. The parser has no limit for a head of its own.
"""

import asyncio
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from diversity_gateway.joined_writes import JoinedWrites

STALL_S = 15.0  # how long a reply may go without STALL_BYTES being taken
STALL_BYTES = 64 * 1024
# An idle connection stays longer than clients keep theirs (httpx: 5 s), else one is closed while a request is
# on its way, and the client sees no reply. Shorter than HEAD_S, which would end it too.
KEEP_ALIVE_S = 9
HEAD_S = 10.0  # from the connection, or the last reply, to the end of the next request's head
HEAD_BYTES = 64 * 1024


class TimedHeads(HttpToolsProtocol):
    """uvicorn's protocol with a clock and a limit for heads; bodies have theirs in `pace`."""

    head_s = HEAD_S
    stall_s = STALL_S

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._clock: asyncio.TimerHandle | None = None
        self._reader_clock: asyncio.TimerHandle | None = None
        self._head_bytes = 0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # uvicorn narrows it too
        """Start the clock of the first head."""
        joined = JoinedWrites(transport, self.loop)
        super().connection_made(joined)  # type: ignore[arg-type]  # has all that a protocol uses of a transport
        self._start_clock()

    def connection_lost(self, exc: Exception | None) -> None:
        """Nothing is left to close."""
        self._stop_clock()
        self._stop_reader_clock()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """A head that is complete has become a request cycle."""
        before, in_head = self.cycle, self.cycle is None or not self.cycle.more_body
        super().data_received(data)
        if self.cycle is not before:
            self._stop_clock()
            self._head_bytes = 0
        elif in_head:
            self._head_bytes += len(data)
            if self._head_bytes > HEAD_BYTES and not self.transport.is_closing():
                self.send_400_response("The head is too large.")

    def on_response_complete(self) -> None:
        """Start the clock of the next head, unless a request has come already and waits."""
        super().on_response_complete()
        if self.cycle.response_complete:
            self._start_clock()

    def pause_writing(self) -> None:
        """More waits to be read than the system buffers: look again whether somebody reads."""
        super().pause_writing()
        self._watch_reader()

    def resume_writing(self) -> None:
        """All but a little has been read."""
        self._stop_reader_clock()
        super().resume_writing()

    def _watch_reader(self) -> None:
        self._stop_reader_clock()
        waiting = self.transport.get_write_buffer_size()
        self._reader_clock = self.loop.call_later(self.stall_s, self._check_reader, waiting)

    def _check_reader(self, before: int) -> None:
        if before - self.transport.get_write_buffer_size() < STALL_BYTES:
            self.transport.abort()
        else:
            self._watch_reader()

    def _stop_reader_clock(self) -> None:
        if self._reader_clock is not None:
            self._reader_clock.cancel()
            self._reader_clock = None

    def _start_clock(self) -> None:
        self._stop_clock()
        self._clock = self.loop.call_later(self.head_s, self.transport.close)

    def _stop_clock(self) -> None:
        if self._clock is not None:
            self._clock.cancel()
            self._clock = None
