"""Pictures decoded for something small: the same as of the whole, and refused for the same reasons."""

import io
from collections.abc import Iterator

import numpy as np
import pytest
from PIL import Image

from diversity_contracts.manifest import Preprocessing
from diversity_contracts.pictures import Picture, decode
from diversity_contracts.problems import NotAPicture, TooLarge
from diversity_contracts.reductions import GAP, Reduction
from diversity_view.preprocess import reduction, square
from tests.fakes.drawn import draw

RULES = [
    Preprocessing(size=24, resize=resize, mean=(0, 0, 0), std=(1, 1, 1)) for resize in ("cover", "squash")
]
# Eighths, quarters and halves, with and without a last column that the picture fills in part; no reduction.
SIZES = [
    *((384, 512), (385, 460), (519, 391), (200, 193), (199, 300), (190, 190), (150, 145), (144, 300)),
    *((100, 100), (24, 24), (1, 1)),
]


def textured(size: tuple[int, int]) -> Image.Image:
    """Shapes under noise at every scale, the fine part of which a reduction leaves out."""
    generator = np.random.default_rng(size[0])
    pixels = np.asarray(draw(size[0], size=size), dtype=np.float64)
    for scale in (1, 2, 4, 8):
        grain = generator.normal(0, 12, (-(-size[1] // scale), -(-size[0] // scale), 1))
        pixels = pixels + np.kron(grain, np.ones((scale, scale, 1)))[: size[1], : size[0]]
    return Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8))


def jpeg(image: Image.Image, orientation: int = 1, **options: object) -> bytes:
    buffer, exif = io.BytesIO(), Image.Exif()
    exif[0x0112] = orientation
    image.save(buffer, "JPEG", quality=92, exif=exif, **options)
    return buffer.getvalue()


def cosine(a: Image.Image, b: Image.Image) -> float:
    x, y = (np.asarray(image, dtype=np.float64).ravel() - 127.5 for image in (a, b))
    return float(x @ y / np.sqrt((x @ x) * (y @ y)))


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.resize)
@pytest.mark.parametrize("size", SIZES, ids=str)
def test_the_square_is_that_of_the_whole_picture(size: tuple[int, int], rule: Preprocessing) -> None:
    data = jpeg(textured(size))
    small = decode(data, reduction=reduction(rule))
    assert (small.width, small.height) == size
    assert small.image.size == (24, 24)
    assert cosine(small.image, square(decode(data).image, rule)) > 0.9985


@pytest.mark.parametrize("orientation", range(1, 9))
def test_it_is_upright(orientation: int) -> None:
    data = jpeg(textured((519, 391)), orientation)
    small, whole = decode(data, reduction=reduction(RULES[0])), decode(data)
    assert (small.width, small.height) == (whole.width, whole.height) == whole.image.size
    assert cosine(small.image, square(whole.image, RULES[0])) > 0.9985


@pytest.mark.parametrize(
    ("extent", "factor"),
    [
        ((400.0, 384.0), 8),
        ((400.0, 383.0), 4),
        ((192.0, 500.0), 4),
        ((191.0, 500.0), 2),
        ((144.0, 500.0), 2),
        ((143.0, 500.0), 1),
        ((1.0, 1.0), 1),
    ],
)
def test_as_many_pixels_are_left_as_are_needed(extent: tuple[float, float], factor: int) -> None:
    for resize in ("cover", "squash"):
        assert Reduction(24, resize).factor(extent) == factor
    assert Reduction(24, "within").factor((min(extent), min(extent) / 3)) == factor


def test_a_network_that_sees_more_gets_more_pixels() -> None:
    small, large = (reduction(RULES[0].model_copy(update={"size": size})) for size in (64, 260))
    assert (small.factor((512.0, 512.0)), small.factor((511.0, 511.0))) == (4, 2)
    assert (large.factor((2_808.0, 2_808.0)), large.factor((2_807.0, 2_807.0))) == (4, 2)
    assert (large.factor((1_560.0, 1_560.0)), large.factor((1_559.0, 1_559.0))) == (2, 1)


@pytest.mark.parametrize("factor", [2, 4, 8])
def test_it_is_decoded_by_that_factor(factor: int) -> None:
    """What the JPEG library leaves out is seen in the pixels; half, a quarter, an eighth differ by it."""
    side = factor * 60
    data, found = jpeg(textured((side, side))), dict[int, np.ndarray]()
    for divisor in (1, factor):
        with Image.open(io.BytesIO(data)) as source:
            source.draft(None, (side // divisor, side // divisor))
            found[divisor] = np.asarray(source.resize((20, 20), Image.Resampling.BOX, reducing_gap=GAP))
    small = np.asarray(decode(data, reduction=Reduction(20, "squash", "box")).image)
    assert np.array_equal(small, found[factor])
    assert not np.array_equal(small, found[1])


def variants() -> Iterator[tuple[str, bytes]]:
    image = textured((400, 400))
    yield "progressive", jpeg(image, progressive=True)
    yield "cmyk", jpeg(image.convert("CMYK"))
    yield "grey", jpeg(image.convert("L"))
    for kind in ("PNG", "WEBP", "GIF", "BMP", "TIFF"):
        buffer = io.BytesIO()
        image.save(buffer, kind)
        yield kind, buffer.getvalue()
    buffer = io.BytesIO()
    image.save(buffer, "MPO", save_all=True, append_images=[textured((400, 401))], quality=92)
    yield "mpo", buffer.getvalue()


@pytest.mark.parametrize("variant", list(variants()), ids=lambda variant: variant[0])
def test_every_kind_of_file(variant: tuple[str, bytes]) -> None:
    small, whole = decode(variant[1], reduction=reduction(RULES[0])), decode(variant[1])
    assert isinstance(small, Picture)
    assert small.image.mode == "RGB"
    assert cosine(small.image, square(whole.image, RULES[0])) > 0.9985


def test_what_is_truncated_or_broken_is_refused_all_the_same() -> None:
    whole = jpeg(textured((400, 400)))
    for share in (0.01, 0.3, 0.6, 0.9, 0.99):
        with pytest.raises(NotAPicture):
            decode(whole[: int(len(whole) * share)], reduction=reduction(RULES[0]))


def test_the_limit_is_of_the_whole_picture() -> None:
    with pytest.raises(TooLarge):
        decode(jpeg(textured((400, 400))), max_pixels=159_999, reduction=reduction(RULES[0]))
