"""An exchange over one of httpx's transports, so that an application in memory stands for a view."""

import asyncio

import httpx

from diversity_gateway.exchange import Reply, Request


class OverHttpx:
    """Implements `exchange.Exchange`."""

    def __init__(self, transport: httpx.AsyncBaseTransport) -> None:
        self._transport = transport

    async def ask(self, request: Request) -> Reply:
        """As the real one: late is TimeoutError, anything else that goes wrong ConnectionError."""
        wanted = httpx.Request(
            request.method, f"http://view{request.target}", headers=request.headers, content=request.body
        )
        try:
            async with asyncio.timeout(request.limit_s):
                reply = await self._transport.handle_async_request(wanted)
                return Reply(reply.status_code, await reply.aread())
        except httpx.HTTPError as error:
            raise ConnectionError(str(error)) from error

    async def aclose(self) -> None:
        """Nothing is open."""
