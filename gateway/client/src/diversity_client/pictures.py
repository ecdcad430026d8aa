"""A picture as a caller hands it over: bytes, or the path of a file."""

import os
from pathlib import Path

from diversity_client.errors import Misused

Picture = bytes | os.PathLike[str]
# No gateway takes as much; read whole, a larger file would only cost memory.
MOST_BYTES = 256 * 1024 * 1024
UNKNOWN_TYPE = "application/octet-stream"
_BEGINNINGS = (
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"GIF8", "image/gif"),
    (b"BM", "image/bmp"),
    (b"II*\x00", "image/tiff"),
    (b"MM\x00*", "image/tiff"),
)


def read_picture(picture: Picture) -> bytes:
    """The bytes of `picture`. Raises Misused if its file cannot be read, or holds more than MOST_BYTES."""
    if isinstance(picture, bytes):
        return picture
    path = Path(picture)
    try:
        with path.open("rb") as file:
            data = file.read(MOST_BYTES + 1)
    except OSError as error:
        raise Misused(f"{path} cannot be read: {error.strerror or error}") from error
    if len(data) > MOST_BYTES:
        raise Misused(f"{path} has more than {MOST_BYTES:,} bytes, more than any gateway takes.")
    return data


def media_type(data: bytes) -> str:
    """What the first bytes say they are; the gateway looks for itself."""
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "image/webp"
    return next((kind for beginning, kind in _BEGINNINGS if data.startswith(beginning)), UNKNOWN_TYPE)
