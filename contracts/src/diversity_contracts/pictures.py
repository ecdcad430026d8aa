"""Bytes to one upright RGB picture: judged by content, bounded before decoding.

Every process decodes through `decode`, so one picture has one meaning everywhere: first frame, EXIF
orientation applied, transparency laid over white, 8 bits a channel.
"""

import hashlib
import io
import struct
from dataclasses import dataclass
from typing import Protocol

from PIL import Image, ImageOps, UnidentifiedImageError

from diversity_contracts.problems import NotAPicture, TooLarge
from diversity_contracts.reductions import Reduction, scaled, sharpened

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
# Each scan of a progressive JPEG is a pass over all its pixels, 40 ms at the most of them, and may be of 14
# bytes: one megabyte could take three quarters of an hour. Real ones have about ten.
MAX_SCANS = 100
_SCAN = b"\xff\xda"
# Formats whose decoder can leave out the finest detail as it goes: of each block fewer coefficients.
_REDUCIBLE = frozenset({"JPEG", "MPO"})
# EXIF's orientation, and its values that lay a picture on its side.
_ORIENTATION = 0x0112
_ON_ITS_SIDE = range(5, 9)


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


class Decode(Protocol):
    """`decode`, here or in another process."""

    def __call__(
        self, data: bytes, *, max_pixels: int = MAX_PIXELS, reduction: Reduction | None = None
    ) -> Picture:
        """See `decode`."""


def content_hash(data: bytes) -> str:
    """The picture's identity: the SHA-256 of its bytes, in lower-case hexadecimal."""
    return hashlib.sha256(data).hexdigest()


def decode(data: bytes, *, max_pixels: int = MAX_PIXELS, reduction: Reduction | None = None) -> Picture:
    """Decode the first frame of `data`, upright, as 8-bit RGB.

    Args:
        reduction: what the picture is wanted for. A JPEG is then decoded at the smallest eighth, quarter or
            half of its size that leaves enough pixels for that; its bytes are read to the end all the same,
            so what is truncated or broken is still refused.

    Raises:
        NotAPicture: the content is none of `FORMATS`, truncated or broken, or of more than `MAX_SCANS` scans.
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
            if "progressive" in source.info and data.count(_SCAN) > MAX_SCANS:
                raise NotAPicture(f"The picture has more than {MAX_SCANS} scans.")
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
    factor = reduction.factor(extent) if source.format in _REDUCIBLE else 1
    if factor > 1 and (drafted := source.draft(None, (source.width // factor, source.height // factor))):
        extent = drafted[1][2:]
        source.load()
        image = sharpened(_rgb(source), reduction, extent)
    else:
        source.load()
        image = _rgb(source)
    small = scaled(image, reduction, extent)
    small.getexif()[_ORIENTATION] = orientation
    return ImageOps.exif_transpose(small)


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
    import numpy as np  # noqa: PLC0415 - few pictures are such, and every process that decodes would wait

    samples = np.asarray(image, dtype=np.float64)
    if not np.isfinite(samples).all():
        raise NotAPicture("The picture holds samples that are not finite numbers.")
    largest = float(samples.max(initial=0.0))
    if image.mode == "F":
        scale = 255.0 if largest <= 1.0 else 1.0 if largest <= 255.0 else 255.0 / 65535.0
    else:
        scale = 1.0 if image.mode == "I" and largest <= 255.0 else 255.0 / 65535.0
    return Image.fromarray(np.clip(np.rint(samples * scale), 0, 255).astype(np.uint8), mode=None)
