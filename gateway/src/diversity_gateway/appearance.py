"""What a picture looks like, told at ingest: its shapes, its colours, whether it shows anything. Pure."""

from dataclasses import dataclass

import numpy as np
from PIL import Image

from diversity_contracts.reductions import Reduction, scaled

# The deviation of any channel, of 256 levels: below this there is nothing to see. JPEG leaves a plain picture
# under 1; the flattest photograph of Flickr8k has more than 10.
BLANK_DEVIATION = 2.0
# What is smaller than a 72nd of the picture is not told from noise. Eighths, ninths and quarters of it are
# whole pixels, so that they are the picture's own.
_SIDE = 72
LOOKS = Reduction(_SIDE, "squash", "box")  # all that is looked at
_COLOURS = 4
MARGIN = 2  # levels; without it the bits of an even place are the encoder's noise


@dataclass(frozen=True, slots=True)
class Appearance:
    """Nearly the same for a picture and its re-encodings.

    Attributes:
        shapes: 64 bits, as a signed integer; None for a blank picture, whose bits are noise.
        colours: the mean red, green and blue of 4×4 places, row by row, a byte each.
        blank: of one colour, or hardly more.
    """

    shapes: int | None
    colours: bytes
    blank: bool


def appearance(image: Image.Image) -> Appearance:
    """Of an upright RGB picture."""
    image = scaled(image, LOOKS)
    small = np.asarray(image, dtype=np.float64)
    blank = bool(small.std(axis=(0, 1)).max() < BLANK_DEVIATION)
    colours = image.resize((_COLOURS, _COLOURS), Image.Resampling.BOX).tobytes()
    return Appearance(None if blank else _difference_hash(image), colours, blank)


def _difference_hash(image: Image.Image) -> int:
    """Whether each of 8×8 places is clearly darker than the next, row by row (dHash, Krawetz 2013)."""
    grey = np.asarray(image.convert("L").resize((9, 8), Image.Resampling.BOX), dtype=np.int16)
    bits = np.packbits(grey[:, :-1] + MARGIN < grey[:, 1:])
    return int.from_bytes(bits.tobytes(), "big", signed=True)
