"""A picture's bytes to its small JPEG."""

import io

from PIL import Image

from diversity_contracts.pictures import decode

SIDE = 256  # pixels, the longer side; sharp at 128 CSS pixels on a dense screen
QUALITY = 82  # about 12 kB a photograph


def make_thumbnail(data: bytes) -> bytes:
    """A JPEG of at most SIDE×SIDE pixels, upright, in the picture's proportions; never enlarged."""
    image = decode(data).image
    image.thumbnail((SIDE, SIDE), Image.Resampling.LANCZOS)
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=QUALITY, optimize=True)
    return buffer.getvalue()
