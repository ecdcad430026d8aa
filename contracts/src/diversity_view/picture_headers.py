"""How many pixels a picture's header announces, read at fixed places; nothing is decoded. Pure.

What a decoder will judge is not judged here: a wrong guess costs time, never an answer.
"""

import struct
from collections.abc import Callable
from typing import NamedTuple

# A camera writes a dozen segments before the one that tells the size.
_MOST_SEGMENTS = 256
_SIZELESS = frozenset({0x01, *range(0xD0, 0xD9)})
_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}


class Header(NamedTuple):
    """`pixels` is None where they are not at a fixed place."""

    pixels: int | None
    is_jpeg: bool = False


def header_of(data: bytes) -> Header | None:
    """What `data`, or its beginning, says of the picture in it; None where that is nothing."""
    for begins, read in _READERS.items():
        if data.startswith(begins):
            try:
                return read(data)
            except (struct.error, IndexError):
                return None
    return None


def _png(data: bytes) -> Header:
    width, height = struct.unpack_from(">II", data, 16)
    return Header(width * height)


def _gif(data: bytes) -> Header:
    width, height = struct.unpack_from("<HH", data, 6)
    return Header(width * height)


def _bmp(data: bytes) -> Header:
    short = struct.unpack_from("<I", data, 14)[0] == 12
    width, height = struct.unpack_from("<HH" if short else "<ii", data, 18)
    return Header(abs(width * height))


def _jpeg(data: bytes) -> Header | None:
    place = 2
    for _ in range(_MOST_SEGMENTS):
        if data[place] != 0xFF:
            return None
        marker = data[place + 1]
        if marker == 0xFF or marker in _SIZELESS:
            place += 1 if marker == 0xFF else 2
            continue
        length = struct.unpack_from(">H", data, place + 2)[0]
        if marker in _FRAMES:
            height, width = struct.unpack_from(">HH", data, place + 5)
            return Header(width * height, is_jpeg=True)
        place += 2 + length
    return None


def _webp(data: bytes) -> Header | None:
    match data[12:16]:
        case b"VP8X":
            width = 1 + int.from_bytes(data[24:27], "little")
            return Header(width * (1 + int.from_bytes(data[27:30], "little")))
        case b"VP8L":
            packed = struct.unpack_from("<I", data, 21)[0]
            return Header((1 + (packed & 0x3FFF)) * (1 + (packed >> 14 & 0x3FFF)))
        case b"VP8 ":
            width, height = struct.unpack_from("<HH", data, 26)
            return Header((width & 0x3FFF) * (height & 0x3FFF))
    return None


_READERS: dict[bytes, Callable[[bytes], Header | None]] = {
    b"\xff\xd8": _jpeg,
    b"\x89PNG": _png,
    b"GIF8": _gif,
    b"RIFF": _webp,
    b"BM": _bmp,
    b"II*\0": lambda _: Header(None),
    b"MM\0*": lambda _: Header(None),
}
