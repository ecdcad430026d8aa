"""Bytes to one upright RGB picture: judged by content, bounded before decoding.

Every process decodes through `decode`, so one picture has one meaning everywhere: first frame, EXIF
orientation applied, transparency laid over white, 8 bits a channel.
"""

import hashlib
import io
import struct
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageFilter, ImageOps, UnidentifiedImageError

from diversity_contracts.problems import NotAPicture, TooLarge

# Only decoders that read pixels; the others of Pillow (EPS, PDF, FITS, WMF, ...) run interpreters or have
# seldom met hostile input.
FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF")
MEDIA_TYPES = {
    "JPEG": "image/jpeg",
    "MPO": "image/jpeg",
    "PNG": "image/png",
    "WEBP": "image/webp",
    "GIF": "image/gif",
    "BMP": "image/bmp",
    "TIFF": "image/tiff",
}
# 40 megapixels hold every camera's ordinary picture; decoded they take 120 MB for a moment.
MAX_PIXELS = 40_000_000
# A side longer than this is no photograph, and resizing it costs as much as a large one.
MAX_SIDE = 32_768
BACKGROUND = (255, 255, 255)
# Formats whose decoder can leave out the finest detail as it goes: of each block fewer coefficients.
_REDUCIBLE = frozenset({"JPEG", "MPO"})
# Below a quarter the decoder saves nothing.
_LEAST_FACTOR = 4
# Of a reduced picture this many pixels are left for each one that is going to be made of them. One for one,
# the filter that makes them would see none of what lies between.
SPARE = 2
# A reduced pixel is the mean over a block, and the filter that reads it takes it for a point: together they
# blur more than that filter over the whole picture, in variance by 1/12 of a reduced pixel for the block and
# up to as much for the steps. This sharpens by 1/9: with less or more, DRML's embeddings were within a cosine
# of 0.999 at some sizes only. From `_ENOUGH` pixels for one on they are so without it, for 0.4 ms less.
_ENOUGH = 2.25
_EDGE, _MIDDLE = -1 / 18, 1 + 1 / 9
_SHARPER = ImageFilter.Kernel(
    (3, 3), [a * b for a in (_EDGE, _MIDDLE, _EDGE) for b in (_EDGE, _MIDDLE, _EDGE)], scale=1
)


# EXIF's orientation, and its values that lay a picture on its side.
_ORIENTATION = 0x0112
_ON_ITS_SIDE = range(5, 9)


Extent = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Reduction:
    """What a picture is decoded for, so that no more of it is than that needs.

    Attributes:
        least_side: pixels that the picture's short side is scaled to.
        scale: what scales it, given an RGB picture as it is stored, not upright yet, and how much of it the
            picture fills: the last column and row of a reduced one may lie partly beyond.
    """

    least_side: int
    scale: Callable[[Image.Image, Extent], Image.Image]


@dataclass(frozen=True, slots=True)
class Picture:
    """A decoded picture.

    Attributes:
        image: RGB and upright; scaled where that was wanted.
        media_type: what its bytes are.
        width, height: the picture's own pixels, after orientation.
    """

    image: Image.Image
    media_type: str
    width: int
    height: int


def content_hash(data: bytes) -> str:
    """The picture's identity: the SHA-256 of its bytes, in lower-case hexadecimal."""
    return hashlib.sha256(data).hexdigest()


def decode(data: bytes, *, max_pixels: int = MAX_PIXELS, reduction: Reduction | None = None) -> Picture:
    """Decode the first frame of `data`, upright, as 8-bit RGB.

    Args:
        reduction: what the picture is wanted for. A JPEG is then decoded at the smallest eighth, quarter or
            half of its size that leaves `SPARE` times as many pixels; its bytes are read to the end all the
            same, so what is truncated or broken is still refused.

    Raises:
        NotAPicture: the content is none of `FORMATS`, truncated or broken.
        TooLarge: the header announces more than `max_pixels` pixels; nothing was decoded then.
    """
    try:
        with Image.open(io.BytesIO(data), formats=FORMATS) as source:
            width, height = source.size
            if width * height > max_pixels or max(width, height) > MAX_SIDE:
                raise TooLarge(
                    f"The picture has {width}×{height} pixels; at most {max_pixels:,} are accepted, "
                    f"and {MAX_SIDE:,} a side."
                )
            media_type = MEDIA_TYPES[source.format or ""]
            image = _whole(source) if reduction is None else _scaled(source, reduction)
            if source.getexif().get(_ORIENTATION) in _ON_ITS_SIDE:
                width, height = height, width
            return Picture(image, media_type, width, height)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise TooLarge(f"The picture has too many pixels; at most {max_pixels:,} are accepted.") from error
    except UnidentifiedImageError as error:
        kinds = ", ".join(FORMATS)
        raise NotAPicture(f"The bytes are none of the accepted picture formats ({kinds}).") from error
    except (OSError, SyntaxError, ValueError, TypeError, KeyError, IndexError, EOFError, ArithmeticError,
            AttributeError, MemoryError, RuntimeError, AssertionError, struct.error) as error:  # fmt: skip
        # Decoders fail in as many ways as there are ways to break a file.
        raise NotAPicture("The picture is truncated or broken and cannot be decoded.") from error


def _whole(source: Image.Image) -> Image.Image:
    source.load()
    return _rgb(ImageOps.exif_transpose(source))


def _scaled(source: Image.Image, reduction: Reduction) -> Image.Image:
    orientation, extent = source.getexif().get(_ORIENTATION, 1), (float(source.width), float(source.height))
    wanted = SPARE * reduction.least_side
    if source.format in _REDUCIBLE and min(source.size) >= _LEAST_FACTOR * wanted:
        if drafted := source.draft(None, (wanted, wanted)):
            extent = drafted[1][2:]
        source.load()
        image = _rgb(source)
        if min(extent) < _ENOUGH * reduction.least_side:
            image = image.filter(_SHARPER)
    else:
        source.load()
        image = _rgb(source)
    scaled = reduction.scale(image, extent)
    scaled.getexif()[_ORIENTATION] = orientation
    return ImageOps.exif_transpose(scaled)


def _rgb(image: Image.Image) -> Image.Image:
    """`image` in 8-bit RGB; transparency over white, wider samples scaled rather than clipped."""
    if image.mode == "RGB" and "transparency" not in image.info:
        return image
    if image.mode.startswith(("I", "F")):
        image = _eight_bits(image)
    if image.mode in {"RGBA", "LA", "PA", "RGBa", "La"} or "transparency" in image.info:
        layer = image.convert("RGBA")
        canvas = Image.new("RGBA", layer.size, (*BACKGROUND, 255))
        return Image.alpha_composite(canvas, layer).convert("RGB")
    return image.convert("RGB")


def _eight_bits(image: Image.Image) -> Image.Image:
    """A grey picture of 16- or 32-bit samples as 8-bit grey.

    16-bit samples span 0..65535. Floating-point samples are taken as 0..1 when none is larger, as
    0..255 when none is larger, else as 0..65535.
    """
    samples = np.asarray(image, dtype=np.float64)
    if not np.isfinite(samples).all():
        raise NotAPicture("The picture holds samples that are not finite numbers.")
    largest = float(samples.max(initial=0.0))
    if image.mode == "F":
        scale = 255.0 if largest <= 1.0 else 1.0 if largest <= 255.0 else 255.0 / 65535.0
    else:
        scale = 1.0 if image.mode == "I" and largest <= 255.0 else 255.0 / 65535.0
    return Image.fromarray(np.clip(np.rint(samples * scale), 0, 255).astype(np.uint8), mode=None)
