"""One request to a neighbor and its reply: what is asked, whoever carries it."""

from collections.abc import Mapping, Sequence
from secrets import token_hex
from typing import NamedTuple, Protocol


class Request(NamedTuple):
    """`target` is the path with its query, encoded; `limit_s` is the longest its reply may take."""

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes
    limit_s: float


class Reply(NamedTuple):
    """A whole reply."""

    status: int
    content: bytes


class Exchange(Protocol):
    """One neighbor. Raises TimeoutError past the request's limit, ConnectionError when it cannot be had."""

    async def ask(self, request: Request) -> Reply:
        """The reply to `request`."""

    async def aclose(self) -> None:
        """Close what is open."""


class Part(NamedTuple):
    """One part of a form; name and file name hold nothing that a header could not."""

    name: str
    filename: str | None
    data: bytes
    media_type: str = "application/octet-stream"


def form(parts: Sequence[Part]) -> tuple[str, bytes]:
    """The media type and the bytes of `parts` as multipart/form-data (RFC 7578)."""
    boundary = token_hex(16)
    pieces = list[bytes]()
    for part in parts:
        filename = "" if part.filename is None else f'; filename="{part.filename}"'
        head = (
            f'--{boundary}\r\nContent-Disposition: form-data; name="{part.name}"{filename}\r\n'
            f"Content-Type: {part.media_type}\r\n\r\n"
        )
        pieces += head.encode("ascii"), part.data, b"\r\n"
    pieces.append(f"--{boundary}--\r\n".encode("ascii"))
    return f"multipart/form-data; boundary={boundary}", b"".join(pieces)
