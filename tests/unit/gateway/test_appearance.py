"""What is told of a picture at ingest: the same of its re-encodings, another of another, blank ones."""

import io

import numpy as np
import pytest
from PIL import Image

from diversity_gateway.appearance import Appearance, appearance
from diversity_gateway.likeness import close_looks
from tests.fakes.drawn import draw, plain

SIZE = (320, 240)


def colour_gap(one: bytes, other: bytes) -> float:
    """The mean difference of two pictures' colours, in levels."""
    return sum(abs(first - second) for first, second in zip(one, other, strict=True)) / len(one)


def as_jpeg(image: Image.Image, quality: int) -> Image.Image:
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=quality)
    return Image.open(buffer).convert("RGB")


def alike(one: Appearance, other: Appearance) -> bool:
    return close_looks([one, other]) == [(0, 1)]


@pytest.mark.parametrize("number", range(8))
def test_a_copy_looks_the_same_another_picture_does_not(number: int) -> None:
    picture = draw(number, size=SIZE)
    told = appearance(picture)
    assert not told.blank
    assert alike(told, appearance(as_jpeg(picture, 60)))
    assert alike(told, appearance(picture.resize((160, 120), Image.Resampling.LANCZOS)))
    others = [appearance(draw(other, size=SIZE)) for other in range(30) if other != number]
    assert not any(alike(told, other) for other in others)


def test_colours_tell_apart_what_shapes_do_not() -> None:
    """The same drawing in red and in blue: of one grey nearly, of other colours."""
    red, blue = (draw(3, size=SIZE).convert("L").convert("RGB") for _ in range(2))
    first = appearance(Image.merge("RGB", (red.getchannel(0), Image.new("L", SIZE), Image.new("L", SIZE))))
    second = appearance(Image.merge("RGB", (Image.new("L", SIZE), Image.new("L", SIZE), blue.getchannel(2))))
    assert colour_gap(first.colours, second.colours) > 6
    assert not alike(first, second)


def test_what_shows_nothing_is_blank() -> None:
    noise = np.random.default_rng(1).integers(126, 131, (240, 320, 3), dtype=np.uint8)
    for picture in (plain((9, 200, 3)), as_jpeg(plain((9, 200, 3), size=SIZE), 40), Image.fromarray(noise)):
        told = appearance(picture)
        assert (told.blank, told.shapes) == (True, None)


def test_faint_or_small_things_are_something() -> None:
    faint = Image.new("RGB", SIZE, (128, 128, 128))
    faint.paste((140, 140, 140), (0, 0, 160, 240))
    small = Image.new("RGB", SIZE, (255, 255, 255))
    small.paste((0, 0, 0), (150, 110, 170, 130))
    assert not appearance(faint).blank
    assert not appearance(small).blank
    coloured = Image.new("RGB", SIZE, (100, 0, 0))
    coloured.paste((0, 51, 0), (0, 0, 160, 240))  # about as bright
    assert not appearance(coloured).blank
