"""What a query is going to cost, guessed from its body before any of it is worked on. Pure.

The unit is an ordinary query, 5 to 40 ms of a core: a photograph of a megapixel, the list of one id. A guess
decides who is worked on with whom, never an answer.
"""

import base64
import binascii
import math

from diversity_contracts.bodies import Body, FormBody, JsonBody, PictureBody
from diversity_view.picture_headers import Header, header_of

ORDINARY = 1.0
# What costs more is worked on apart from all others.
HEAVY = 8.0
# A history measures the whole catalogue for each of its members: ten seconds for a thousand of them.
SLOW = math.inf
# A unit decodes so many pixels; of a JPEG more, because only a reduced picture is made of it. On a busy core
# of 2 GHz noise of a megapixel took 22 ms as a JPEG, 61 as a PNG, 161 as a WebP.
_PIXELS, _JPEG_PIXELS = 500_000, 1_500_000
_ENTRIES = 5_000  # a unit finds, and writes down, so many entries of a list
_PAIRS = 20_000  # a unit compares so many pictures of five captions each with each other
_BASE64_HEAD = 64 * 1024  # characters; headers lie within, but for those behind a large thumbnail


def cost_of(body: Body, *, entries: int = 0) -> float:
    """Units that the query in `body` will take, a list of `entries` asked for."""
    listed = ORDINARY + entries / _ENTRIES
    match body:
        case PictureBody(data):
            return listed + _decoding(header_of(data), len(data))
        case FormBody(parts):
            return listed + sum(_decoding(header_of(part.data), len(part.data)) for part in parts)
        case JsonBody(value):
            if value.get("history") is not None:
                return SLOW
            return listed + _length(value.get("image_ids")) / _ENTRIES + _base64(value.get("image_base64"))


def cost_of_pairs(body: Body) -> float:
    """Units of comparing the pictures listed in `body` with each other."""
    count = _length(body.value.get("image_ids")) if isinstance(body, JsonBody) else 0
    return ORDINARY + count * count / 2 / _PAIRS


def _decoding(header: Header | None, size: int) -> float:
    if header is None:  # no picture, which is soon said, or one whose size is not easily found
        return size / _PIXELS
    if header.pixels is None:
        return SLOW
    return header.pixels / (_JPEG_PIXELS if header.is_jpeg else _PIXELS)


def _base64(text: object) -> float:
    if not isinstance(text, str):
        return 0.0
    head = text[:_BASE64_HEAD].partition(",")[2] if text.startswith("data:") else text[:_BASE64_HEAD]
    try:
        known = base64.b64decode(
            head[: len(head) // 4 * 4], altchars=b"-_" if "-" in head or "_" in head else None
        )
    except (binascii.Error, ValueError):  # it will be refused
        return 0.0
    return _decoding(header_of(known), len(text) * 3 // 4)


def _length(listed: object) -> int:
    return len(listed) if isinstance(listed, list) else 0
