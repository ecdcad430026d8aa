"""A Redis in this process, as much of it as the gateway speaks, which may hang, break off or be away.

It reads RESP requests and answers PING, GET, SET, SUBSCRIBE, PUBLISH and the greeting of a connection;
anything else is an error.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

ANSWERS = {b"PING": b"+PONG\r\n", b"CLIENT": b"+OK\r\n", b"SELECT": b"+OK\r\n"}


class FakeRedis:
    """What is in it, and how it behaves."""

    def __init__(self) -> None:
        self.values: dict[bytes, bytes] = {}
        self.commands: list[bytes] = []
        self.listening: list[asyncio.StreamWriter] = []
        """Connections that subscribed, to whatever: every message goes to all of them."""
        self.answering = asyncio.Event()
        """Cleared, it takes requests and says nothing, as a process that was stopped does."""
        self.answering.set()
        self.port = 0
        self._server: asyncio.Server | None = None
        self._connections: set[asyncio.Task[None]] = set()

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"redis://127.0.0.1:{self.port}/0"

    async def start(self) -> None:
        """Listen, on the port of before if there was one."""
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        """Be gone, as a killed process is: every connection breaks off."""
        if self._server is not None:
            self._server.close()
            self.listening.clear()
            for connection in self._connections:
                connection.cancel()
            await asyncio.gather(*self._connections, return_exceptions=True)
            await self._server.wait_closed()
            self._server = None

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._connections.add(task)
        try:
            while request := await _request(reader):
                await self.answering.wait()
                writer.write(self._answer(request, writer))
                await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass  # what a client that goes away, and `stop`, look like from here
        finally:
            self._connections.discard(task)
            writer.close()

    def _answer(self, request: list[bytes], writer: asyncio.StreamWriter) -> bytes:
        command = request[0].upper()
        self.commands.append(command)
        if command == b"GET":
            value = self.values.get(request[1])
            return b"$-1\r\n" if value is None else b"$%d\r\n%b\r\n" % (len(value), value)
        if command == b"SET":
            self.values[request[1]] = request[2]
            return b"+OK\r\n"
        if command == b"SUBSCRIBE":
            self.listening.append(writer)
            return b"*3\r\n" + _bulk(b"subscribe") + _bulk(request[1]) + b":1\r\n"
        if command == b"PUBLISH":
            for one in self.listening:
                one.write(b"*3\r\n" + _bulk(b"message") + _bulk(request[1]) + _bulk(request[2]))
            return b":%d\r\n" % len(self.listening)
        return ANSWERS.get(command, b"-ERR unknown command\r\n")


def _bulk(text: bytes) -> bytes:
    return b"$%d\r\n%b\r\n" % (len(text), text)


async def _request(reader: asyncio.StreamReader) -> list[bytes]:
    """An array of bulk strings; empty at the end."""
    head = await reader.readline()
    if not head:
        return []
    words = []
    for _ in range(int(head[1:])):
        length = int((await reader.readline())[1:])
        words.append((await reader.readexactly(length + 2))[:-2])
    return words


@asynccontextmanager
async def fake_redis() -> AsyncIterator[FakeRedis]:
    """One that listens until the block ends."""
    server = FakeRedis()
    await server.start()
    try:
        yield server
    finally:
        await server.stop()
