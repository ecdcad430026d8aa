"""The gateway's application for synchronous clients: each request is answered by the test's event loop."""

import asyncio
from collections.abc import Callable

import httpx
from starlette.types import ASGIApp

from diversity_client.client import Client
from diversity_client.retrying import Retries
from tests.contract.gateway.conftest import Gateway

PATIENCE_S = 120.0


class Bridge(httpx.BaseTransport):
    """To be used from another thread than the loop's."""

    def __init__(self, app: ASGIApp, loop: asyncio.AbstractEventLoop) -> None:
        self._inner, self._loop = httpx.ASGITransport(app, raise_app_exceptions=False), loop

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """The reply, read to its end."""
        request.read()
        return asyncio.run_coroutine_threadsafe(self._answer(request), self._loop).result(PATIENCE_S)

    async def _answer(self, request: httpx.Request) -> httpx.Response:
        reply = await self._inner.handle_async_request(request)
        content = await reply.aread()
        return httpx.Response(reply.status_code, headers=reply.headers, content=content)


def connector(gateway: Gateway, key: str | None = None) -> Callable[..., Client]:
    """Makes clients of `gateway`, whatever address they are given; `key` where they are given none."""
    bridge = Bridge(gateway.app, asyncio.get_running_loop())
    given = key

    def connect(
        url: str | None = None,
        *,
        key: str | None = None,
        timeout_s: float = 60.0,
        retries: Retries = Retries(attempts=1),
    ) -> Client:
        return Client(
            "http://gateway", key=key or given, timeout_s=timeout_s, retries=retries, transport=bridge
        )

    return connect
