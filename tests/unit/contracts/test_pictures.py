"""Bytes to pictures: every kind of file people really send, and every kind that means harm."""

import io
import struct
import zlib

import numpy as np
import pytest
from PIL import Image

from diversity_contracts.pictures import MAX_SCANS, content_hash, decode
from diversity_contracts.problems import NotAPicture, TooLarge

# Pillow warns of metadata it had to skip in a broken file; whether the pixels decode is what counts.
pytestmark = pytest.mark.filterwarnings("ignore::UserWarning:PIL")


def gradient(width: int = 48, height: int = 32) -> Image.Image:
    """A picture whose four corners differ, so that every orientation shows."""
    y, x = np.mgrid[0:height, 0:width]
    pixels = np.stack([x * 255 // width, y * 255 // height, (x + y) * 255 // (width + height)], axis=-1)
    return Image.fromarray(pixels.astype(np.uint8))


def saved(image: Image.Image, kind: str, **options: object) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def cosine(a: Image.Image, b: Image.Image) -> float:
    x, y = (np.asarray(image, dtype=np.float64).ravel() - 127.5 for image in (a, b))
    return float(x @ y / np.sqrt((x @ x) * (y @ y)))


def png_header(width: int, height: int) -> bytes:
    """A PNG that announces a size and holds no pixels."""
    body = b"IHDR" + struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunk = struct.pack(">I", 13) + body + struct.pack(">I", zlib.crc32(body))
    return b"\x89PNG\r\n\x1a\n" + chunk + b"\x00\x00\x00\x00IDAT\x35\xaf\x06\x1e"


@pytest.mark.parametrize(
    ("kind", "media_type"),
    [
        ("JPEG", "image/jpeg"),
        ("PNG", "image/png"),
        ("WEBP", "image/webp"),
        ("GIF", "image/gif"),
        ("BMP", "image/bmp"),
        ("TIFF", "image/tiff"),
    ],
)
def test_each_format_is_known_by_its_content(kind: str, media_type: str) -> None:
    picture = decode(saved(gradient(), kind))
    assert picture.media_type == media_type
    assert picture.image.mode == "RGB"
    assert (picture.width, picture.height) == (48, 32)
    assert cosine(picture.image, gradient()) > 0.99


@pytest.mark.parametrize("orientation", range(1, 9))
def test_every_exif_orientation_comes_out_upright(orientation: int) -> None:
    undo = {
        1: None,
        2: Image.Transpose.FLIP_LEFT_RIGHT,
        3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE,
        6: Image.Transpose.ROTATE_90,
        7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_270,
    }[orientation]
    stored = gradient() if undo is None else gradient().transpose(undo)
    exif = Image.Exif()
    exif[0x0112] = orientation
    picture = decode(saved(stored, "PNG", exif=exif))
    assert np.array_equal(np.asarray(picture.image), np.asarray(gradient()))


def test_cmyk_looks_the_same() -> None:
    assert cosine(decode(saved(gradient().convert("CMYK"), "JPEG", quality=95)).image, gradient()) > 0.99


def test_sixteen_bits_are_scaled_not_clipped() -> None:
    grey = gradient().convert("L")
    wide = Image.fromarray(np.asarray(grey, dtype=np.uint16) * 257)
    assert wide.mode == "I;16"
    for kind in ("PNG", "TIFF"):
        picture = decode(saved(wide, kind)).image
        assert np.array_equal(np.asarray(picture), np.asarray(grey.convert("RGB")))


@pytest.mark.parametrize("scale", [1.0 / 255.0, 1.0, 257.0])
def test_floating_point_samples_keep_their_range(scale: float) -> None:
    grey = gradient().convert("L")
    wide = Image.fromarray(np.asarray(grey, dtype=np.float32) * np.float32(scale))
    picture = decode(saved(wide, "TIFF")).image
    assert np.abs(np.asarray(picture.convert("L"), dtype=int) - np.asarray(grey, dtype=int)).max() <= 1


def test_samples_that_are_no_numbers_are_refused() -> None:
    wide = Image.fromarray(np.full((4, 4), np.nan, dtype=np.float32))
    with pytest.raises(NotAPicture):
        decode(saved(wide, "TIFF"))


def test_transparency_lies_over_white() -> None:
    for image in (
        Image.new("RGBA", (4, 4), (0, 0, 0, 0)),
        Image.new("LA", (4, 4), (0, 0)),
    ):
        assert decode(saved(image, "PNG")).image.getpixel((0, 0)) == (255, 255, 255)


def test_a_palette_with_a_transparent_entry_lies_over_white() -> None:
    image = Image.new("P", (4, 4), 0)
    image.putpalette([10, 20, 30, 200, 0, 0])
    image.putpixel((1, 0), 1)
    picture = decode(saved(image, "PNG", transparency=0)).image
    assert picture.getpixel((0, 0)) == (255, 255, 255)
    assert picture.getpixel((1, 0)) == (200, 0, 0)


def test_the_first_frame_of_an_animation_counts() -> None:
    frames = [Image.new("RGB", (8, 8), colour) for colour in ("red", "blue", "green")]
    for kind in ("GIF", "WEBP", "PNG", "TIFF"):
        options = {"lossless": True} if kind == "WEBP" else {}
        data = saved(frames[0], kind, save_all=True, append_images=frames[1:], **options)
        assert decode(data).image.getpixel((4, 4)) == (255, 0, 0), kind


def test_one_pixel_is_a_picture() -> None:
    assert decode(saved(Image.new("RGB", (1, 1), "red"), "PNG")).image.getpixel((0, 0)) == (255, 0, 0)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"hello",
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        b"%PDF-1.7\n",
        b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n",
        b"\xff\xd8\xff",
        b"GIF89a",
        b"RIFF\x00\x00\x00\x00WEBP",
        b"II*\x00\xff\xff\xff\xff",
    ],
)
def test_what_is_no_picture_is_refused(data: bytes) -> None:
    with pytest.raises(NotAPicture):
        decode(data)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF"])
def test_a_truncated_picture_is_refused_at_every_length(kind: str) -> None:
    whole = saved(gradient(), kind)
    pixels = np.asarray(decode(whole).image)
    for length in range(0, len(whole) - 1, max(1, len(whole) // 97)):
        try:
            picture = decode(whole[:length])
        except NotAPicture:
            continue
        # Only what follows the last pixel may be missing.
        assert np.array_equal(np.asarray(picture.image), pixels), length


def test_every_flipped_byte_is_a_picture_or_a_refusal() -> None:
    generator = np.random.default_rng(7)
    for kind in ("JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF"):
        whole = bytearray(saved(gradient(), kind))
        for _ in range(150):
            broken = bytearray(whole)
            for position in generator.integers(0, len(broken), size=3):
                broken[position] = generator.integers(0, 256)
            try:
                assert decode(bytes(broken)).image.mode == "RGB"
            except (NotAPicture, TooLarge):
                continue


@pytest.mark.parametrize("size", [(10_000, 5_000), (100_000, 100_000), (40_000, 1)])
def test_a_bomb_is_refused_by_its_header(size: tuple[int, int]) -> None:
    with pytest.raises(TooLarge):
        decode(png_header(*size))


def test_a_header_within_the_limit_and_no_pixels_is_no_picture() -> None:
    with pytest.raises(NotAPicture):
        decode(png_header(100, 100))


def test_a_jpeg_of_very_many_scans_is_refused_before_it_is_decoded() -> None:
    """Each is a pass over all pixels: a few kilobytes could take minutes."""
    whole = saved(gradient(), "JPEG", progressive=True)
    scan = whole[whole.rindex(b"\xff\xda") : -2]
    scans = whole.count(b"\xff\xda")
    many = whole[:-2] + scan * (MAX_SCANS - scans)
    assert decode(many + b"\xff\xd9").width == 48
    with pytest.raises(NotAPicture, match="more than 100 scans"):
        decode(many + scan + b"\xff\xd9")


def test_the_pixel_limit_is_inclusive() -> None:
    data = saved(Image.new("RGB", (10, 10)), "PNG")
    assert decode(data, max_pixels=100).width == 10
    with pytest.raises(TooLarge):
        decode(data, max_pixels=99)


def test_the_hash_is_that_of_the_bytes() -> None:
    assert content_hash(b"abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
