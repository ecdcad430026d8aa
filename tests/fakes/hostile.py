"""Files that people and attackers send: what is no picture, and pictures of every kind."""

import io
import struct
import zlib
from collections.abc import Mapping

import numpy as np
from PIL import Image

from tests.fakes.drawn import draw, encoded

KINDS = ("JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF")
UNDO = {
    1: None,
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_90,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_270,
}  # what turns an upright picture into the stored one of an EXIF orientation
ZIP = b"PK\x05\x06" + bytes(18)
SVG = b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'><rect width='9' height='9'/></svg>"
EPS = b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\nshowpage\n"
PDF = b"%PDF-1.7\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n"


def saved(image: Image.Image, kind: str, **options: object) -> bytes:
    """The bytes of `image`, with options of Pillow's."""
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def png_header(width: int, height: int) -> bytes:
    """A PNG that announces a size and holds no pixels."""
    body = b"IHDR" + struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunk = struct.pack(">I", 13) + body + struct.pack(">I", zlib.crc32(body))
    return b"\x89PNG\r\n\x1a\n" + chunk + b"\x00\x00\x00\x00IDAT\x35\xaf\x06\x1e"


def gif_header(width: int, height: int) -> bytes:
    """A GIF that announces a size and holds a frame of it without pixels."""
    size = struct.pack("<HH", width, height)
    return b"GIF89a" + size + b"\x80\x00\x00" + bytes(6) + b",\x00\x00\x00\x00" + size + b"\x00\x02\x00;"


def bombs() -> Mapping[str, bytes]:
    """Headers past 50 megapixels."""
    bmp = bytearray(encoded(draw(1, size=(8, 6)), "BMP"))
    bmp[18:26] = struct.pack("<ii", 30_000, 30_000)
    return {
        "png of 50 megapixels": png_header(10_000, 5_000),
        "png of 10 gigapixels": png_header(100_000, 100_000),
        "gif of 4 gigapixels": gif_header(65_535, 65_535),
        "bmp of 900 megapixels": bytes(bmp),
    }


def no_pictures() -> Mapping[str, bytes]:
    """What must not be taken for a picture, whatever it says it is."""
    whole = {kind: encoded(draw(7, size=(20, 15)), kind) for kind in KINDS}
    found = {f"{kind} cut in half": data[: len(data) // 2] for kind, data in whole.items()}
    found |= {f"{kind} of its head alone": data[:12] for kind, data in whole.items()}
    found |= {"text": b"hello", "svg": SVG, "eps": EPS, "pdf": PDF, "zip": ZIP, "zeros": bytes(2_000)}
    found["pdf that holds a jpeg"] = PDF + whole["JPEG"]
    found["html that holds a png"] = b"<html><script>alert(1)</script>" + whole["PNG"]
    found["script that begins as a gif"] = b"GIF89a/*" + b"x" * 90 + b"*/=1;alert(1)//"
    found["a folder's listing as webp"] = b"RIFF\x10\x00\x00\x00WEBPVP8 "
    # Pillow reads these; nobody sends them in good faith, and their decoders are the least looked after.
    rare = draw(7, size=(20, 15))
    found |= {f"a sound {kind}": encoded(rare, kind) for kind in ("PPM", "ICO", "PCX", "TGA", "SGI", "EPS")}
    return found


def polyglots() -> Mapping[str, bytes]:
    """Whole pictures that are something else too; each is the picture that `draw(7)` gives."""
    image = draw(7, size=(20, 15))
    return {
        "png and zip": encoded(image) + ZIP,
        "jpeg and script": saved(image, "JPEG", comment=b"<script>alert(1)</script>", **_finest("JPEG")),
        "bmp and html": encoded(image, "BMP") + b"<html><script>alert(1)</script>",
    }


def every_kind(upright: Image.Image) -> Mapping[str, bytes]:
    """Files that all show `upright`, an RGB picture."""
    found = {f"{kind}": saved(upright, kind, **_finest(kind)) for kind in KINDS if kind != "GIF"}
    for orientation, undo in UNDO.items():
        exif = Image.Exif()
        exif[0x0112] = orientation
        stored = upright if undo is None else upright.transpose(undo)
        found[f"exif {orientation}, png"] = saved(stored, "PNG", exif=exif)
        found[f"exif {orientation}, jpeg"] = saved(stored, "JPEG", exif=exif, **_finest("JPEG"))
    found["cmyk"] = saved(upright.convert("CMYK"), "JPEG", **_finest("JPEG"))
    found["progressive"] = saved(upright, "JPEG", progressive=True, **_finest("JPEG"))
    found["opaque alpha"] = saved(upright.convert("RGBA"), "PNG")
    other = [draw(3, size=upright.size), draw(4, size=upright.size)]
    for kind in ("WEBP", "PNG", "TIFF"):
        options = {**_finest(kind), "save_all": True, "append_images": other}
        found[f"animated {kind}"] = saved(upright, kind, **options)
    return found


def of_fewer_colours(upright: Image.Image) -> Mapping[str, tuple[bytes, Image.Image]]:
    """Files of kinds that cannot hold every picture, each with what it shows as RGB."""
    palette = upright.quantize(64)
    grey = upright.convert("L")
    wide = Image.fromarray(np.asarray(grey, dtype=np.uint16) * 257)
    clear = upright.convert("RGBA")
    clear.paste((0, 0, 0, 0), (0, 0, upright.width // 3, upright.height))
    see_through = clear.quantize(64)
    over_white = Image.new("RGBA", upright.size, "white")
    over_white.alpha_composite(see_through.convert("RGBA"))
    animated = saved(palette, "GIF", save_all=True, append_images=[draw(3, size=upright.size).quantize(64)])
    return {
        "16-bit png": (saved(wide, "PNG"), grey.convert("RGB")),
        "16-bit tiff": (saved(wide, "TIFF"), grey.convert("RGB")),
        "palette": (saved(palette, "PNG"), palette.convert("RGB")),
        "palette with alpha": (saved(see_through, "PNG"), over_white.convert("RGB")),
        "animated gif": (animated, palette.convert("RGB")),
        "1×1": (saved(upright.resize((1, 1)), "PNG"), upright.resize((1, 1))),
    }


def _finest(kind: str) -> dict[str, object]:
    """Options that lose least."""
    finest: dict[str, dict[str, object]] = {
        "JPEG": {"quality": 95, "subsampling": 0},
        "WEBP": {"lossless": True},
    }
    return finest.get(kind, {})
