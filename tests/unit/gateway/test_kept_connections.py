"""Connections to a view: kept, used again, replaced when the view closed them, never mixed up."""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from typing import cast

import httptools
import pytest
import uvloop

from diversity_gateway.exchange import Part, Reply, Request, form
from diversity_gateway.kept_connections import KeptConnections

OK = b"HTTP/1.1 200 OK\r\nContent-Length: "


def told(body: bytes) -> bytes:
    return OK + str(len(body)).encode() + b"\r\n\r\n" + body


class Told(asyncio.Protocol):
    """A server that answers each request with what `answer` makes of its target and body."""

    def __init__(self, answer: Callable[[bytes, bytes], bytes | None], opened: list["Told"]) -> None:
        self._answer, self._parser = answer, httptools.HttpRequestParser(self)
        self.transport: asyncio.Transport | None = None
        self.seen = list[tuple[bytes, bytes]]()
        self._target, self._body = b"", b""
        opened.append(self)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)  # uvloop's are none of asyncio's classes

    def data_received(self, data: bytes) -> None:
        self._parser.feed_data(data)

    def on_message_begin(self) -> None:
        self._target, self._body = b"", b""

    def on_url(self, url: bytes) -> None:
        self._target += url

    def on_body(self, body: bytes) -> None:
        self._body += body

    def on_message_complete(self) -> None:
        self.seen.append((self._target, self._body))
        assert self.transport is not None
        answer = self._answer(self._target, self._body)
        if answer is None:
            self.transport.close()
        else:
            self.transport.write(answer)


@asynccontextmanager
async def answering(
    answer: Callable[[bytes, bytes], bytes | None],
) -> AsyncIterator[tuple[KeptConnections, list[Told]]]:
    """Connections to a server, and the server's ends of them."""
    opened = list[Told]()
    server = await asyncio.get_running_loop().create_server(lambda: Told(answer, opened), "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    connections = KeptConnections(f"http://127.0.0.1:{port}/below/")
    try:
        yield connections, opened
    finally:
        await connections.aclose()
        for end in opened:
            if end.transport is not None:
                end.transport.abort()
        server.close()
        await server.wait_closed()


def asked(target: str, body: bytes = b"", limit_s: float = 30) -> Request:
    return Request("POST", target, {"Content-Type": "text/plain"}, body, limit_s)


async def test_one_connection_serves_one_after_the_other_and_each_gets_its_own_reply() -> None:
    async with answering(lambda target, body: told(target + b" " + body)) as (connections, opened):
        for number in range(5):
            reply = await connections.ask(asked(f"/a?n={number}", b"x" * number * 900_000))
            assert reply == Reply(200, f"/below/a?n={number} ".encode() + b"x" * number * 900_000)
        assert len(opened) == 1
        together = await asyncio.gather(*(connections.ask(asked(f"/{number}")) for number in range(20)))
        assert [reply.content for reply in together] == [f"/below/{number} ".encode() for number in range(20)]
        assert 1 < len(opened) <= 20
        before = len(opened)
        await asyncio.gather(*(connections.ask(asked(f"/{number}")) for number in range(20)))
        assert len(opened) == before, "those that are idle are used first"


async def test_a_connection_that_was_closed_meanwhile_is_replaced() -> None:
    async with answering(lambda *_: told(b"yes")) as (connections, opened):
        await connections.ask(asked("/"))
        transport = opened[0].transport
        assert transport is not None
        transport.abort()
        assert (await connections.ask(asked("/"))).content == b"yes"
        assert len(opened) == 2


async def test_a_view_that_hangs_up_on_a_kept_connection_is_asked_once_more() -> None:
    answers = iter([told(b"first"), None, told(b"third")])
    async with answering(lambda *_: next(answers)) as (connections, opened):
        await connections.ask(asked("/"))
        assert (await connections.ask(asked("/"))).content == b"third"
        assert [len(end.seen) for end in opened] == [2, 1]


@pytest.mark.parametrize(
    "answer",
    [None, b"nonsense\r\n\r\n", OK + b"100\r\n\r\nhalf", OK + b"-5\r\n\r\n"],
    ids=["nothing", "no-http", "half", "bad-length"],
)
async def test_what_is_no_reply_is_a_connection_error(answer: bytes | None) -> None:
    async with answering(lambda *_: answer) as (connections, opened):
        waiting = asyncio.create_task(connections.ask(asked("/")))
        while not any(end.seen for end in opened):  # noqa: ASYNC110 - the server's end has no event
            await asyncio.sleep(0)
        await asyncio.sleep(0.05)
        for end in opened:
            assert end.transport is not None
            end.transport.close()
        with pytest.raises(ConnectionError):
            await waiting


async def test_nobody_listens() -> None:
    server = await asyncio.get_running_loop().create_server(asyncio.Protocol, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    server.close()
    await server.wait_closed()
    connections = KeptConnections(f"http://127.0.0.1:{port}")
    with pytest.raises(ConnectionError):
        await connections.ask(asked("/"))
    await connections.aclose()


async def test_a_late_reply_is_given_up_and_is_nobody_elses() -> None:
    def slow_first(target: bytes, _: bytes) -> bytes:
        return b"" if target.endswith(b"/slow") else told(target)

    async with answering(slow_first) as (connections, opened):
        await connections.ask(asked("/warm"))
        with pytest.raises(TimeoutError):
            await connections.ask(asked("/slow", limit_s=0.05))
        transport = opened[0].transport
        assert transport is not None
        transport.write(told(b"too late"))
        assert (await connections.ask(asked("/next"))).content == b"/below/next"


async def test_a_reply_that_ends_the_connection_does() -> None:
    closing = b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok"
    async with answering(lambda *_: closing) as (connections, opened):
        for _ in range(3):
            assert (await connections.ask(asked("/"))).content == b"ok"
        assert len(opened) == 3


async def test_a_reply_in_chunks_is_whole() -> None:
    chunked = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n"
    async with answering(lambda *_: b"HTTP/1.1 100 Continue\r\n\r\n" + chunked) as (connections, _):
        assert await connections.ask(asked("/")) == Reply(200, b"abcde")


async def test_what_follows_a_reply_unasked_is_nobody_elses() -> None:
    answers = [told(b"first") + told(b"again"), told(b"second") + b"and more", told(b"third"), told(b"last")]
    replies = iter(answers)
    async with answering(lambda *_: next(replies)) as (connections, opened):
        for expected in (b"first", b"second", b"third", b"last"):
            assert (await connections.ask(asked("/"))).content == expected
        assert [len(end.seen) for end in opened] == [1, 1, 2]


@pytest.mark.parametrize(
    "talk",
    [
        test_one_connection_serves_one_after_the_other_and_each_gets_its_own_reply,
        test_a_connection_that_was_closed_meanwhile_is_replaced,
        test_a_view_that_hangs_up_on_a_kept_connection_is_asked_once_more,
        test_nobody_listens,
        test_a_late_reply_is_given_up_and_is_nobody_elses,
        test_a_reply_in_chunks_is_whole,
    ],
)
def test_the_same_over_the_transports_that_serve(talk: Callable[[], Coroutine[None, None, None]]) -> None:
    uvloop.run(talk())


@pytest.mark.parametrize("url", ["ftp://a", "nothing", "http://"])
def test_what_is_no_address_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="no http address"):
        KeptConnections(url)


def test_a_form_reads_back() -> None:
    parts = [Part("a", None, b"1", "application/json"), Part("picture", "0ff", b"\r\n--\x00" * 9)]
    kind, body = form(parts)
    assert kind.startswith("multipart/form-data; boundary=")
    boundary = kind.partition("=")[2].encode()
    found = body.split(b"--" + boundary)
    assert found[0] == b""
    assert found[-1] == b"--\r\n"
    assert [piece.partition(b"\r\n\r\n")[2] for piece in found[1:-1]] == [
        b"1\r\n",
        b"\r\n--\x00" * 9 + b"\r\n",
    ]
    assert b'name="picture"; filename="0ff"' in found[2]
