"""Load on a gateway, from one thread and cheaply: raw requests over kept-alive connections.

`closed` keeps so many clients busy, each sending its next request after the last reply: what can be carried.
`opened` sends so many requests a second whatever comes back: what people do.
"""

import asyncio
import time
from dataclasses import dataclass, field

BODY = b'{"image_id": "p0"}'


@dataclass(frozen=True, slots=True)
class Reply:
    """One reply: when it was asked for, how long it took, in seconds. Status 0 is a broken connection.

    `late` is how long after its time it was asked for: the sender's own fault, not in `took`.
    """

    asked: float
    took: float
    status: int
    retry_after: bool
    late: float = 0.0


@dataclass
class Load:
    """Requests to one port, and what came of them."""

    port: int
    path: str = "/similar?n=5"
    replies: list[Reply] = field(default_factory=list)
    _idle: list[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = field(default_factory=list)

    async def closed(self, clients: int, seconds: float) -> list[Reply]:
        """`clients` at once for `seconds`; the replies of this time."""
        until, before = time.monotonic() + seconds, len(self.replies)

        async def client() -> None:
            while time.monotonic() < until:
                await self.one()

        await asyncio.gather(*(client() for _ in range(clients)))
        return self.replies[before:]

    async def opened(self, per_second: float, seconds: float) -> list[Reply]:
        """`per_second` for `seconds`; the replies to them, the last of which come later."""
        began, before, tasks = time.monotonic(), len(self.replies), set[asyncio.Task[Reply]]()
        while (elapsed := time.monotonic() - began) < seconds:
            while len(tasks) < elapsed * per_second:
                tasks.add(asyncio.create_task(self.one(began + len(tasks) / per_second)))
            await asyncio.sleep(0.005)
        await asyncio.gather(*tasks)
        return self.replies[before:]

    async def one(self, due: float | None = None) -> Reply:
        """Ask once, at `due` (by time.monotonic) if the sender was quick enough."""
        asked = time.monotonic()
        status, retry_after = 0, False
        try:
            reader, writer = await self._connection()
            writer.write(
                f"POST {self.path} HTTP/1.1\r\nHost: g\r\nContent-Type: application/json\r\n"
                f"Content-Length: {len(BODY)}\r\n\r\n".encode()
                + BODY
            )
            head = (await reader.readuntil(b"\r\n\r\n")).lower()
            status, retry_after = int(head[9:12]), b"\r\nretry-after:" in head
            length = head.partition(b"content-length:")[2].partition(b"\r\n")[0]
            await reader.readexactly(int(length))
            if b"\r\nconnection: close" in head:
                writer.close()
            else:
                self._idle.append((reader, writer))
        except (ConnectionError, asyncio.IncompleteReadError):
            status = 0
        late = 0.0 if due is None else asked - due
        reply = Reply(asked, time.monotonic() - asked, status, retry_after, late)
        self.replies.append(reply)
        return reply

    async def _connection(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """One that was used before, unless the server has closed it meanwhile, or a new one."""
        while self._idle:
            reader, writer = self._idle.pop()
            if not reader.at_eof():
                return reader, writer
            writer.close()
        return await asyncio.open_connection("127.0.0.1", self.port)

    def close(self) -> None:
        """Close what is idle."""
        for _, writer in self._idle:
            writer.close()
        self._idle.clear()
