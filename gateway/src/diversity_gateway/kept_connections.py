"""HTTP/1.1 to one view over connections that are kept.

A request and its reply take 0.05 ms of processor here. The general clients that were weighed take 0.16 to
1.2 ms, which at a thousand queries a second is a core.
"""

import asyncio
from collections import deque
from time import monotonic
from urllib.parse import urlsplit

import httptools

from diversity_gateway.exchange import Reply, Request

CONNECT_S = 2.0
IDLE_S = 4.0  # the views close an idle connection after 5 s
MOST_IDLE = 64


class Dropped(ConnectionError):
    """The connection ended before any byte of the reply: the view may never have seen the request."""


class _Connection(asyncio.Protocol):
    """One request at a time."""

    def __init__(self) -> None:
        self._parser = httptools.HttpResponseParser(self)
        self._pieces: list[bytes] = []
        self._reply: asyncio.Future[Reply] | None = None
        self._transport: asyncio.Transport | None = None
        self._begun = False
        self.idle_since = 0.0
        self.reusable = True

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """The only kind that `create_connection` makes."""
        assert isinstance(transport, asyncio.Transport)  # noqa: S101 - what narrows it for the type checker
        self._transport = transport

    def connection_lost(self, exc: Exception | None) -> None:
        """Whoever waits is told."""
        self.reusable = False
        kind = ConnectionError if self._begun else Dropped
        self._fail(kind("the connection was closed" if exc is None else f"{type(exc).__name__}: {exc}"))

    def data_received(self, data: bytes) -> None:
        """A piece of the reply."""
        if self._reply is None:  # nobody asked
            self.close()
            return
        self._begun = True
        try:
            self._parser.feed_data(data)
        except (httptools.HttpParserError, httptools.HttpParserUpgrade) as error:
            self._fail(ConnectionError(f"no HTTP: {error}"))
            self.close()

    def on_body(self, body: bytes) -> None:
        """The parser's: a piece of the body."""
        self._pieces.append(body)

    def on_message_complete(self) -> None:
        """The parser's: the reply is whole, unless it only says to go on."""
        status, waiting = self._parser.get_status_code(), self._reply
        if status >= 200 and waiting is not None and not waiting.done():
            self.reusable = self.reusable and self._parser.should_keep_alive()
            waiting.set_result(Reply(status, b"".join(self._pieces)))

    async def ask(self, message: bytes) -> Reply:
        """The reply to the request that `message` is. Raises ConnectionError, Dropped among them."""
        if self._transport is None or self._transport.is_closing():
            raise Dropped("the connection was closed")
        self._reply, self._pieces, self._begun = asyncio.get_running_loop().create_future(), [], False
        try:
            self._transport.write(message)
            return await self._reply
        except BaseException:
            self.close()  # a reply that comes too late must not be the next request's
            raise
        finally:
            self._reply = None

    def close(self) -> None:
        """At once."""
        self.reusable = False
        if self._transport is not None:
            self._transport.abort()

    def _fail(self, error: ConnectionError) -> None:
        if self._reply is not None and not self._reply.done():
            self._reply.set_exception(error)


class KeptConnections:
    """Implements `exchange.Exchange` for the service at `url`. For one event loop."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        if parts.scheme not in {"http", "https"} or parts.hostname is None:
            raise ValueError(f"{url!r} is no http address")
        self._ssl = parts.scheme == "https"
        self._host, self._port = parts.hostname, parts.port or (443 if self._ssl else 80)
        self._prefix, self._netloc = parts.path.rstrip("/"), parts.netloc.rpartition("@")[2]
        self._idle = deque[_Connection]()

    async def ask(self, request: Request) -> Reply:
        """As `Exchange`. A kept connection that the view closed meanwhile is no failure of the view: every
        call that it takes may be repeated, so a fresh one is tried."""
        message = self._message(request)
        async with asyncio.timeout(request.limit_s):
            while (kept := self._kept()) is not None:
                try:
                    return self._keep(kept, await kept.ask(message))
                except Dropped:
                    continue
            fresh = await self._connected()
            return self._keep(fresh, await fresh.ask(message))

    async def aclose(self) -> None:
        """Close the connections that nobody waits on."""
        while self._idle:
            self._idle.pop().close()

    def _keep(self, connection: _Connection, reply: Reply) -> Reply:
        if connection.reusable and len(self._idle) < MOST_IDLE:
            connection.idle_since = monotonic()
            self._idle.append(connection)
        else:
            connection.close()
        return reply

    def _kept(self) -> _Connection | None:
        """The one used last, whose place in caches is warm; those idle for too long are closed."""
        oldest = monotonic() - IDLE_S
        while self._idle and (self._idle[0].idle_since < oldest or not self._idle[0].reusable):
            self._idle.popleft().close()
        while self._idle:
            connection = self._idle.pop()
            if connection.reusable:
                return connection
        return None

    async def _connected(self) -> _Connection:
        try:
            async with asyncio.timeout(CONNECT_S):
                _, connection = await asyncio.get_running_loop().create_connection(
                    _Connection, self._host, self._port, ssl=self._ssl or None
                )
        except TimeoutError:
            raise
        except OSError as error:
            raise ConnectionError(f"{type(error).__name__}: {error}") from error
        return connection

    def _message(self, request: Request) -> bytes:
        lines = [
            f"{request.method} {self._prefix}{request.target} HTTP/1.1",
            f"Host: {self._netloc}",
            f"Content-Length: {len(request.body)}",
            *(f"{name}: {value}" for name, value in request.headers.items()),
        ]
        return ("\r\n".join(lines) + "\r\n\r\n").encode("ascii") + request.body
