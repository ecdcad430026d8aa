"""The server process of a view: on SIGTERM it first says that it is not ready, then ends as uvicorn does."""

import asyncio
import signal
import socket
from types import FrameType
from typing import Any

import uvicorn
from fastapi import FastAPI
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from diversity_view.serving import Serving
from diversity_view.settings import ViewSettings

# A request in flight at SIGTERM is given this long: the longest body plus the longest work.
GRACE_SECONDS = 30
HEAD_BYTES = 64 * 1024


class BoundedHeads(HttpToolsProtocol):
    """uvicorn's protocol with a limit for a request's head, which its parser has not."""

    _head_bytes = 0

    def data_received(self, data: bytes) -> None:
        before, in_head = self.cycle, self.cycle is None or not self.cycle.more_body
        super().data_received(data)
        if self.cycle is not before:
            self._head_bytes = 0
        elif in_head:
            self._head_bytes += len(data)
            if self._head_bytes > HEAD_BYTES and not self.transport.is_closing():
                self.send_400_response("The head is too large.")


class Server(uvicorn.Server):
    """uvicorn, draining before it ends."""

    def __init__(self, config: uvicorn.Config, serving: Serving[Any], drain_seconds: float) -> None:
        super().__init__(config)
        self._serving, self._drain_seconds = serving, drain_seconds
        self._loop: asyncio.AbstractEventLoop | None = None

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        self._loop = asyncio.get_running_loop()
        await super().startup(sockets)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        self._serving.draining = True
        loop = self._loop
        if sig != signal.SIGTERM or self.should_exit or loop is None:
            super().handle_exit(sig, frame)
            return
        # Not noted as captured: uvicorn would raise it again at the end, and an orderly end exits with 0.
        loop.call_soon_threadsafe(loop.call_later, self._drain_seconds, self._leave)

    def _leave(self) -> None:
        self.should_exit = True


def serve(app: FastAPI, serving: Serving[Any], settings: ViewSettings) -> None:
    """Serve `app` until told to end."""
    config = uvicorn.Config(
        app,
        host=settings.host,
        port=settings.port,
        loop="uvloop",
        http=BoundedHeads,
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=GRACE_SECONDS,
    )
    Server(config, serving, settings.drain_seconds).run()
