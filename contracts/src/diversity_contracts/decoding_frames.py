"""What a service and a process that decodes for it say to each other: a head of fixed length, then bytes.

question   what is wanted, and the picture's bytes
answer     what they are, and the pixels; or why there are none, and the words for it
"""

import socket
import struct
import time
from typing import get_args

from diversity_contracts.pictures import MEDIA_TYPES
from diversity_contracts.problems import NotAPicture, TooLarge
from diversity_contracts.reductions import Filter, Reduction, Resize

# Numbers rather than JSON: a hop is 0.3 ms in all, and what comes from a process that a picture has spoilt is
# read without a parser.
_QUESTION = struct.Struct(
    "!QQIBBd"
)  # length, most pixels, side (0: the whole picture), resize, filter, spare
_ANSWER = struct.Struct("!QBIIII")  # length, place in `_SAYS`, width and height in pixels, and the file's own
_RESIZES: tuple[Resize, ...] = get_args(Resize)
_FILTERS: tuple[Filter, ...] = get_args(Filter)
_SAYS: tuple[str | type[NotAPicture | TooLarge], ...] = (
    NotAPicture,
    TooLarge,
    *sorted(set(MEDIA_TYPES.values())),
)
_MOST_WORDS = 4096


class BrokenFrame(Exception):
    """The other side is gone, late, or says what nobody asked for."""


def limit(channel: socket.socket, seconds: float) -> None:
    """The longest that a single call waits; then it raises BlockingIOError.

    The kernel's: Python's own timeout costs two more calls for each.
    """
    spell = struct.pack("@ll", int(seconds), int(seconds % 1 * 1_000_000))
    channel.settimeout(None)
    for direction in (socket.SO_RCVTIMEO, socket.SO_SNDTIMEO):
        channel.setsockopt(socket.SOL_SOCKET, direction, spell)


def ask(channel: socket.socket, data: bytes, max_pixels: int, reduction: Reduction | None) -> None:
    """Send a question; raises OSError."""
    wanted = (0, 0, 0, 0.0)
    if reduction is not None:
        resize, way = _RESIZES.index(reduction.resize), _FILTERS.index(reduction.filter)
        wanted = (reduction.side, resize, way, reduction.spare)
    _send(channel, _QUESTION.pack(len(data), max_pixels, *wanted), data)


def asked(channel: socket.socket) -> tuple[bytearray, int, Reduction | None] | None:
    """The next question: data, most pixels, reduction; None where the other side has left."""
    if not (head := _exactly(channel, _QUESTION.size)):
        return None
    length, max_pixels, side, resize, way, spare = _QUESTION.unpack(head)
    reduction = Reduction(side, _RESIZES[resize], _FILTERS[way], spare) if side else None
    return _exactly(channel, length), max_pixels, reduction


def refuse(channel: socket.socket, problem: NotAPicture | TooLarge) -> None:
    """Answer that there are no pixels."""
    words = problem.detail.encode()[:_MOST_WORDS]
    _send(channel, _ANSWER.pack(len(words), _SAYS.index(type(problem)), 0, 0, 0, 0), words)


def answer(
    channel: socket.socket, media_type: str, size: tuple[int, int], own: tuple[int, int], pixels: bytes
) -> None:
    """Answer with pixels (RGB) of `size`, of a picture whose `own` size is another."""
    _send(channel, _ANSWER.pack(len(pixels), _SAYS.index(media_type), *size, *own), pixels)


def answered(
    channel: socket.socket, *, most: int, until: float
) -> tuple[str, tuple[int, int], tuple[int, int], bytearray]:
    """An answer: media type, size, own size, pixels.

    Args:
        most: pixels that it may have.
        until: when to give up, by the monotonic clock; while nothing comes, it is `limit` that does.

    Raises the problem that was answered, BrokenFrame, and OSError.
    """
    head = _exactly(channel, _ANSWER.size, until)
    if not head:
        raise BrokenFrame("it ended at this picture")
    length, place, width, height, own_width, own_height = _ANSWER.unpack(head)
    if place >= len(_SAYS):
        raise BrokenFrame("neither a picture nor a problem")
    said = _SAYS[place]
    if isinstance(said, str):
        if not 0 < width * height <= most or length != 3 * width * height:
            raise BrokenFrame("more or less than was asked for")
        return said, (width, height), (own_width, own_height), _exactly(channel, length, until)
    if length > _MOST_WORDS:
        raise BrokenFrame("too many words")
    raise said(_exactly(channel, length, until).decode(errors="replace"))


def _send(channel: socket.socket, head: bytes, body: bytes) -> None:
    sent = channel.sendmsg([head, body])  # in one call, so that the other side wakes once
    if sent < len(head):
        channel.sendall(head[sent:])
    if (rest := max(0, sent - len(head))) < len(body):
        channel.sendall(memoryview(body)[rest:])


def _exactly(channel: socket.socket, length: int, until: float | None = None) -> bytearray:
    """So many bytes; none where there are none at all."""
    found = bytearray(length)
    rest = memoryview(found)
    while rest:
        count = channel.recv_into(rest)
        if not count and len(rest) == length:
            return bytearray()
        if not count:
            raise BrokenFrame("ended within a frame")
        if until is not None and time.monotonic() > until:
            raise BrokenFrame("late")
        rest = rest[count:]
    return found
