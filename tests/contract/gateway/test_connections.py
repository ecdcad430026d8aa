"""Slow and rude clients against a real listener."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

import httpx
import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from starlette.types import ASGIApp

from diversity_gateway.app import create_app
from diversity_gateway.assembly import assemble
from diversity_gateway.connections import TimedHeads
from diversity_gateway.settings import Settings
from diversity_view.server import BoundedHeads
from tests.fakes.over_httpx import OverHttpx
from tests.fakes.view import FakeView

HEAD_S = 0.6


class ImpatientHeads(TimedHeads):
    """The product's protocol with a shorter clock."""

    head_s = HEAD_S


@asynccontextmanager
async def served(app: ASGIApp, protocol: type[asyncio.Protocol]) -> AsyncIterator[int]:
    """The port on which `app` is served."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = uvicorn.Server(uvicorn.Config(app, http=protocol, log_config=None, timeout_keep_alive=5))
        task = asyncio.create_task(server.serve([listener]))
        async with asyncio.timeout(60):
            while not server.started:  # noqa: ASYNC110 - uvicorn has no event for it
                await asyncio.sleep(0.01)
        try:
            yield listener.getsockname()[1]
        finally:
            server.should_exit = True
            await task


@asynccontextmanager
async def listening(state: Path) -> AsyncIterator[int]:
    """The port of a gateway that listens."""
    settings = Settings(state=state, body_grace_s=HEAD_S, caption_url="")
    exchanges = {"drml": OverHttpx(httpx.ASGITransport(FakeView().app))}
    app = create_app(partial(assemble, settings, exchanges=exchanges))
    async with served(app, ImpatientHeads) as port:
        yield port


async def until_closed(reader: asyncio.StreamReader) -> bytes:
    """Everything that comes until the server closes; TimeoutError when it does not.

    A server that closes while bytes are on their way to it resets the connection.
    """
    received = b""
    async with asyncio.timeout(60):
        try:
            while piece := await reader.read(65_536):
                received += piece
        except ConnectionResetError:
            pass
    return received


async def trickle(writer: asyncio.StreamWriter, text: bytes) -> None:
    """A byte at a time, each well before any idle limit."""
    try:
        for byte in text:
            writer.write(bytes([byte]))
            await writer.drain()
            await asyncio.sleep(0.1)
    except ConnectionError:
        return


async def test_silent_and_trickling_heads_are_closed_while_others_are_served(tmp_path: Path) -> None:
    async with listening(tmp_path) as port:
        silent_reader, silent_writer = await asyncio.open_connection("127.0.0.1", port)
        slow_reader, slow_writer = await asyncio.open_connection("127.0.0.1", port)
        feeding = asyncio.create_task(trickle(slow_writer, b"GET /healthz HTTP/1.1\r\nX: " + b"x" * 1_000))
        async with httpx.AsyncClient(timeout=60) as client:
            assert (await client.get(f"http://127.0.0.1:{port}/healthz")).status_code == 200
        assert await until_closed(silent_reader) == b""
        assert await until_closed(slow_reader) == b""
        feeding.cancel()
        silent_writer.close()
        slow_writer.close()


async def test_a_body_that_trickles_gets_408_and_is_closed(tmp_path: Path) -> None:
    async with listening(tmp_path) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        head = b"PUT /images/a HTTP/1.1\r\nHost: g\r\nContent-Type: image/png\r\nContent-Length: 1000\r\n\r\n"
        writer.write(head)
        feeding = asyncio.create_task(trickle(writer, b"x" * 1_000))
        reply = await until_closed(reader)
        feeding.cancel()
        assert reply.startswith(b"HTTP/1.1 408 ")
        assert b"urn:diversity:problem:slow-body" in reply
        writer.close()


async def test_a_body_nobody_reads_does_not_hold_the_connection(tmp_path: Path) -> None:
    """The reply is out; uvicorn's own idle clock stops at every further byte."""
    async with listening(tmp_path) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"GET /healthz HTTP/1.1\r\nHost: g\r\nContent-Length: 1000\r\n\r\n")
        feeding = asyncio.create_task(trickle(writer, b"x" * 1_000))
        reply = await until_closed(reader)
        feeding.cancel()
        assert reply.startswith(b"HTTP/1.1 200 ")
        writer.close()


async def test_a_quiet_connection_serves_one_request_after_another(tmp_path: Path) -> None:
    """The clock of a head starts anew after each reply and stops while a request is in work."""
    async with listening(tmp_path) as port, httpx.AsyncClient(timeout=60) as client:
        for _ in range(4):
            assert (await client.get(f"http://127.0.0.1:{port}/healthz")).status_code == 200
            await asyncio.sleep(HEAD_S / 3)


@pytest.mark.parametrize("protocol", [TimedHeads, BoundedHeads])
async def test_a_head_without_end_is_refused_and_heads_one_after_the_other_are_not(protocol: type) -> None:
    app = Starlette(routes=[Route("/", lambda _: PlainTextResponse("here"))])
    async with served(app, protocol) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"GET / HTTP/1.1\r\nHost: g\r\nX: ")
        for _ in range(4):  # just past the limit: what is on its way at a close would reset it
            writer.write(b"x" * 16_384)
            await asyncio.sleep(0)
        assert (await until_closed(reader)).startswith(b"HTTP/1.1 400 ")
        writer.close()
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        one = b"GET / HTTP/1.1\r\nHost: g\r\nX: " + b"x" * 20_000 + b"\r\n\r\n"
        for _ in range(5):  # far more than one head may have, in all
            writer.write(one)
            assert b"here" in await reader.readuntil(b"here")
        writer.write(2 * one)
        for _ in range(2):
            assert b"here" in await reader.readuntil(b"here")
        writer.close()
