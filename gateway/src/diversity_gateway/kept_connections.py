"""HTTP/1.1 to one view over connections that are kept.

A client of our own (`one_connection`): a general one takes several times the processor for the same
(`docs/decisions.md`).
"""

import asyncio
from collections import deque
from time import monotonic
from urllib.parse import urlsplit

from diversity_gateway.exchange import Reply, Request
from diversity_gateway.one_connection import Dropped, OneConnection

CONNECT_S = 2.0
IDLE_S = 4.0  # the views close an idle connection after 5 s
MOST_IDLE = 64


class KeptConnections:
    """Implements `exchange.Exchange` for the service at `url`. For one event loop."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        if parts.scheme not in {"http", "https"} or parts.hostname is None:
            raise ValueError(f"{url!r} is no http address")
        self._tls = parts.scheme == "https"
        self._host, self._port = parts.hostname, parts.port or (443 if self._tls else 80)
        self._prefix, self._netloc = parts.path.rstrip("/"), parts.netloc.rpartition("@")[2]
        self._idle = deque[OneConnection]()

    async def ask(self, request: Request) -> Reply:
        """As `Exchange`. A kept connection that the view closed meanwhile is no failure of the view: every
        call that it takes may be repeated, so the next one is tried, and a fresh one last."""
        head = self._head(request)
        async with asyncio.timeout(request.limit_s):
            while (kept := self._kept()) is not None:
                try:
                    return self._keep(kept, await kept.ask(head, request.body))
                except Dropped:
                    continue
            fresh = await self._connected()
            return self._keep(fresh, await fresh.ask(head, request.body))

    async def aclose(self) -> None:
        """Close the connections that nobody waits on; one in use is closed by whoever leaves it."""
        while self._idle:
            self._idle.pop().close()

    def _keep(self, connection: OneConnection, reply: Reply) -> Reply:
        if connection.reusable and len(self._idle) < MOST_IDLE:
            connection.idle_since = monotonic()
            self._idle.append(connection)
        else:
            connection.close()
        return reply

    def _kept(self) -> OneConnection | None:
        """The one used last, whose place in caches is warm; those idle for too long are closed."""
        oldest = monotonic() - IDLE_S
        while self._idle and (self._idle[0].idle_since < oldest or not self._idle[0].reusable):
            self._idle.popleft().close()
        while self._idle:
            connection = self._idle.pop()
            if connection.reusable:
                return connection
        return None

    async def _connected(self) -> OneConnection:
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(CONNECT_S):
                _, connection = await loop.create_connection(
                    OneConnection, self._host, self._port, ssl=self._tls or None
                )
        except TimeoutError:
            raise
        except OSError as error:
            raise ConnectionError(f"{type(error).__name__}: {error}") from error
        return connection

    def _head(self, request: Request) -> bytes:
        lines = [
            f"{request.method} {self._prefix}{request.target} HTTP/1.1",
            f"Host: {self._netloc}",
            f"Content-Length: {len(request.body)}",
            *(f"{name}: {value}" for name, value in request.headers.items()),
            "\r\n",
        ]
        return "\r\n".join(lines).encode("ascii")
