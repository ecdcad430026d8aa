"""The manifest's rule, applied to pictures drawn by hand."""

import numpy as np
import pytest
from PIL import Image

from diversity_contracts.manifest import Preprocessing
from diversity_view.preprocess import square
from drml_service.preprocess import network_input
from tests.fakes.drawn import draw, plain


def rule(resize: str, size: int = 8) -> Preprocessing:
    return Preprocessing.model_validate(
        {"size": size, "resize": resize, "mean": (0.5, 0.25, 0.0), "std": (0.5, 0.25, 2.0)}
    )


def test_values_by_hand() -> None:
    made = network_input(plain((255, 0, 51)), rule("squash"))
    assert made.shape == (3, 8, 8)
    assert made.dtype == np.float32
    assert made.flags.c_contiguous
    for channel, value in enumerate([1.0, -1.0, 0.1]):
        np.testing.assert_allclose(made[channel], value, atol=1e-6)


def test_rows_stay_rows() -> None:
    picture = draw(5, size=(8, 8))
    made = network_input(picture, rule("squash"))
    for x, y in ((0, 0), (7, 0), (0, 7), (2, 5)):
        red, green, blue = np.asarray(picture)[y, x] / 255
        expected = [(red - 0.5) / 0.5, (green - 0.25) / 0.25, blue / 2]
        np.testing.assert_allclose(made[:, y, x], expected, atol=1e-6)


def halves() -> Image.Image:
    """A quarter black, half white, a quarter black, from left to right."""
    image = plain((0, 0, 0), size=(32, 16))
    image.paste((255, 255, 255), (8, 0, 24, 16))
    return image


def test_cover_keeps_the_middle_and_squash_keeps_all() -> None:
    # The filter reaches a little over the cut, into the black.
    covered = np.asarray(square(halves(), rule("cover")))
    assert covered[:, 1:-1].min() == 255
    assert covered.min() > 200
    squashed = np.asarray(square(halves(), rule("squash")))
    assert squashed[:, 0].max() == 0
    assert squashed[:, 4].min() == 255
    assert squashed[:, 7].max() == 0


@pytest.mark.parametrize("resize", ["squash", "cover"])
def test_a_picture_of_the_right_size_is_left_alone(resize: str) -> None:
    picture = draw(3, size=(8, 8))
    assert square(picture, rule(resize)).tobytes() == picture.tobytes()
