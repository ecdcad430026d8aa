"""A picture's bytes to its small JPEG."""

import io

from diversity_contracts.pictures import Decode, decode
from diversity_contracts.reductions import Reduction

SIDE = 256  # pixels, the longer side; sharp at 128 CSS pixels on a dense screen
QUALITY = 82  # about 12 kB a photograph
_SMALL = Reduction(SIDE, "within", "lanczos")


def make_thumbnail(data: bytes, *, decode: Decode = decode) -> bytes:
    """A JPEG of at most SIDE×SIDE pixels, upright, in the picture's proportions; never enlarged."""
    image = decode(data, reduction=_SMALL).image
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=QUALITY, optimize=True)
    return buffer.getvalue()
