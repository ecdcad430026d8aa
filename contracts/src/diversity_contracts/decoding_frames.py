"""What a service and a process that decodes for it say to each other: a frame is a JSON object and bytes."""

import json
import socket
import struct
import time
from collections.abc import Mapping
from typing import Any

_LENGTHS = struct.Struct("!IQ")
_MOST_HEAD = 64 * 1024


class BrokenFrame(Exception):
    """The other side is gone, late, or says what nobody asked for."""


def send(channel: socket.socket, head: Mapping[str, object], body: bytes | memoryview) -> None:
    """Write one frame; raises OSError."""
    text = json.dumps(head).encode()
    lead = _LENGTHS.pack(len(text), len(body)) + text
    sent = channel.sendmsg([lead, body])  # in one call, so that the other side wakes once
    if sent < len(lead):
        channel.sendall(lead[sent:])
    channel.sendall(memoryview(body)[max(0, sent - len(lead)) :])


def receive(
    channel: socket.socket, *, most: int, until: float | None = None
) -> tuple[dict[str, Any], bytearray] | None:
    """One frame; None where the other side has left instead of beginning one.

    Args:
        most: bytes that its body may have.
        until: when to give up, by the monotonic clock.

    Raises BrokenFrame, and OSError.
    """
    lead = _exactly(channel, _LENGTHS.size, until)
    if not lead:
        return None
    head_length, body_length = _LENGTHS.unpack(lead)
    if head_length > _MOST_HEAD or body_length > most:
        raise BrokenFrame("more than was asked for")
    try:
        head = json.loads(_exactly(channel, head_length, until))
    except ValueError as error:
        raise BrokenFrame("not JSON") from error
    body = _exactly(channel, body_length, until)
    if not isinstance(head, dict) or len(body) != body_length:
        raise BrokenFrame("ended within a frame")
    return head, body


def _exactly(channel: socket.socket, length: int, until: float | None) -> bytearray:
    """So many bytes; none where there are none at all."""
    found = bytearray(length)
    rest = memoryview(found)
    while rest:
        if until is not None:
            channel.settimeout(max(0.001, until - time.monotonic()))
        count = channel.recv_into(rest)
        if not count and len(rest) < length:
            raise BrokenFrame("ended within a frame")
        if not count:
            return bytearray()
        rest = rest[count:]
    return found
