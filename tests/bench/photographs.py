"""The pictures of DATA, a folder or a zip file, that a bench of speed takes."""

import io
from pathlib import Path

from PIL import Image

from job_kit.sources import is_picture, open_source


def photographs(data: Path | None, count: int) -> list[bytes]:
    """At most `count` of the pictures under `data`, spread evenly over their names; none without it.

    Raises ValueError where `data` holds no picture.
    """
    if data is None:
        return []
    source = open_source(data)
    names = sorted(name for name in source.names() if is_picture(name))
    if not names:
        raise ValueError(f"{data.name} holds no picture")
    return [source.read(name) for name in names[:: max(1, len(names) // count)][:count]]


def of_size(data: bytes, size: tuple[int, int], quality: int = 90) -> bytes:
    """A JPEG of `size`, or of the picture as it is where neither side is shorter: small ones decode faster
    than any that people send."""
    with Image.open(io.BytesIO(data)) as opened:
        if opened.format == "JPEG" and opened.width >= size[0] and opened.height >= size[1]:
            return data
        picture = opened.convert("RGB").resize(size, Image.Resampling.BICUBIC)
    buffer = io.BytesIO()
    picture.save(buffer, "JPEG", quality=quality)
    return buffer.getvalue()
