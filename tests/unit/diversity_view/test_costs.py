"""What a query is guessed to cost: by its form, and by the pixels that a picture's header announces."""

import base64
import io
import math
from typing import Any

import pytest
from PIL import Image

from diversity_contracts.bodies import Body, FormBody, JsonBody, Part, PictureBody
from diversity_view.costs import HEAVY, ORDINARY, cost_of, cost_of_pairs
from diversity_view.picture_headers import Header, header_of

SIZE = (300, 200)


def saved(kind: str, size: tuple[int, int] = SIZE, **options: Any) -> bytes:
    file = io.BytesIO()
    Image.new("RGB", size, (9, 99, 200)).save(file, kind, **options)
    return file.getvalue()


@pytest.mark.parametrize(
    ("kind", "options"),
    [
        ("JPEG", {}),
        ("JPEG", {"progressive": True, "exif": b"Exif\0\0" + b"x" * 40_000, "comment": "before the size"}),
        ("PNG", {}),
        ("GIF", {}),
        ("BMP", {}),
        ("WEBP", {}),
        ("WEBP", {"lossless": True}),
        ("WEBP", {"exif": b"Exif\0\0"}),
    ],
)
def test_the_pixels_are_those_that_a_decoder_would_find(kind: str, options: dict[str, Any]) -> None:
    data = saved(kind, **options)
    assert header_of(data) == Header(SIZE[0] * SIZE[1], kind == "JPEG")
    for end in range(40):
        header_of(data[:end])  # whatever it says of too little, it says something


def test_what_has_no_header_of_a_picture() -> None:
    assert header_of(saved("TIFF")) == Header(None)
    nothing = [b"", b"no picture", b"\xff\xd8", b"\xff\xd8" + b"\xff" * 9_000, b"\xff\xd8\xff\xe0\0\0" * 999]
    assert [header_of(data) for data in [*nothing, b"RIFF....WAVE" + bytes(40)]] == [None] * 6


def in_json(**value: object) -> Body:
    return JsonBody(value)


SMALL, LARGE = saved("JPEG", (640, 480)), saved("PNG", (5_000, 4_000))


@pytest.mark.parametrize(
    ("body", "is_heavy"),
    [
        (in_json(image_id="a"), False),
        (in_json(representation="x" * 3_000), False),
        (in_json(), False),
        (in_json(image_id="a", image_ids=["b"] * 500), False),
        (in_json(image_id="a", image_ids=["b"] * 100_000), True),
        (in_json(history=[{"image_id": "a"}]), True),
        (in_json(history="nonsense"), True),
        (PictureBody(SMALL), False),
        (PictureBody(saved("JPEG", (2_000, 1_500))), False),
        (PictureBody(saved("JPEG", (6_000, 4_000))), True),
        (PictureBody(LARGE), True),
        (PictureBody(saved("TIFF")), True),
        (PictureBody(b"no picture"), False),
        (FormBody((Part("image", None, SMALL), Part("image_ids", None, b"[]"))), False),
        (FormBody((Part("image", None, LARGE),)), True),
        (in_json(image_base64=base64.b64encode(SMALL).decode()), False),
        (in_json(image_base64=base64.b64encode(LARGE).decode()), True),
        (in_json(image_base64="data:image/png;base64," + base64.urlsafe_b64encode(LARGE).decode()), True),
        (in_json(image_base64="not base64!"), False),
        (in_json(image_base64=7), False),
    ],
)
def test_which_queries_are_slow(body: Body, is_heavy: bool) -> None:
    assert (cost_of(body) > HEAVY) is is_heavy
    assert cost_of(body) >= ORDINARY


def test_a_flat_picture_of_few_bytes_costs_what_its_pixels_do() -> None:
    """Forty megapixels of one colour are no more than a small photograph's bytes."""
    flat = saved("PNG", (8_000, 5_000))
    assert len(flat) < 200_000
    assert cost_of(PictureBody(flat)) > 5 * HEAVY


def test_long_lists_and_many_pairs() -> None:
    asked = in_json(image_id="a")
    assert cost_of(asked, entries=5) < 1.01
    assert cost_of(asked, entries=100_000) > HEAVY
    assert cost_of_pairs(in_json(image_ids=["a"] * 50)) < 1.1
    assert cost_of_pairs(in_json(image_ids=["a"] * 1_000)) > HEAVY
    assert cost_of_pairs(PictureBody(b"")) == ORDINARY
    assert math.isfinite(cost_of_pairs(in_json(image_ids=3)))
