"""HTTP/1.1 over one connection to a neighbor, one request at a time; the parser is llhttp, uvicorn's own."""

import asyncio
from typing import cast

import httptools

from diversity_gateway.exchange import Reply


class Dropped(ConnectionError):
    """The connection ended before any byte of the reply: the neighbor may never have seen the request."""


class OneConnection(asyncio.Protocol):
    """`reusable` tells whether another request may follow; `idle_since` is its keeper's."""

    def __init__(self) -> None:
        self.reusable, self.idle_since = True, 0.0
        self._parser = httptools.HttpResponseParser(self)
        self._transport: asyncio.Transport | None = None
        self._waiting: asyncio.Future[Reply] | None = None
        self._pieces: list[bytes] = []
        self._begun = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Of a stream; uvloop's transports are none of asyncio's classes."""
        self._transport = cast(asyncio.Transport, transport)

    def connection_lost(self, exc: Exception | None) -> None:
        """Whoever waits is told."""
        self.reusable = False
        kind = ConnectionError if self._begun else Dropped
        self._fail(kind("the connection was closed" if exc is None else f"{type(exc).__name__}: {exc}"))

    def data_received(self, data: bytes) -> None:
        """A piece of a reply; of one that nobody asked for, it is the last."""
        if self._waiting is None:
            self.close()
            return
        self._begun = True
        try:
            self._parser.feed_data(data)
        except (httptools.HttpParserError, httptools.HttpParserUpgrade) as error:
            self._fail(ConnectionError(f"{type(error).__name__}: {error}"))
            self.close()

    def on_body(self, body: bytes) -> None:
        """The parser's: a piece of the body."""
        self._pieces.append(body)

    def on_message_complete(self) -> None:
        """The parser's: the reply is whole, unless it only says to go on."""
        status, waiting = self._parser.get_status_code(), self._waiting
        if status < 200 or waiting is None:
            return
        if waiting.done():  # a second reply to one request
            self.reusable = False
            return
        self.reusable = self.reusable and self._parser.should_keep_alive()
        waiting.set_result(Reply(status, b"".join(self._pieces)))

    async def ask(self, head: bytes, body: bytes) -> Reply:
        """The reply to a request. Raises ConnectionError, Dropped among them."""
        if self._transport is None or self._transport.is_closing():
            raise Dropped("the connection was closed")
        self._waiting = asyncio.get_running_loop().create_future()
        self._pieces, self._begun = [], False
        try:
            self._transport.writelines((head, body) if body else (head,))
            return await self._waiting
        except BaseException:
            self.close()  # a reply that comes too late must not be the next request's
            raise
        finally:
            self._waiting = None

    def close(self) -> None:
        """At once."""
        self.reusable = False
        if self._transport is not None:
            self._transport.abort()

    def _fail(self, error: ConnectionError) -> None:
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_exception(error)
