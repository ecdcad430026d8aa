"""Drawn pictures whose answers an artifact must reproduce wherever it is loaded."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw


def pictures() -> dict[str, Image.Image]:
    """By file name; of unequal sides, so that the resize rule is part of what is checked."""
    return {"golden-gradient.png": _gradient(), "golden-shapes.png": _shapes(), "golden-waves.png": _waves()}


def _gradient() -> Image.Image:
    return _from_formula(160, 96, lambda x, y: (x, y, 1 - (x + y) / 2))


def _waves() -> Image.Image:
    return _from_formula(
        90,
        120,
        lambda x, y: (np.sin(12 * x) / 2 + 0.5, np.cos(9 * y) / 2 + 0.5, np.sin(20 * x * y) / 2 + 0.5),
    )


def _shapes() -> Image.Image:
    picture = Image.new("RGB", (128, 100), (30, 110, 190))
    pen = ImageDraw.Draw(picture)
    pen.rectangle((10, 60, 118, 99), fill=(60, 150, 60))
    pen.ellipse((80, 8, 112, 40), fill=(250, 220, 60))
    pen.polygon([(20, 70), (45, 25), (70, 70)], fill=(160, 60, 40))
    return picture


Formula = Callable[
    [NDArray[np.float64], NDArray[np.float64]],
    tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]],
]


def _from_formula(width: int, height: int, formula: Formula) -> Image.Image:
    x, y = np.meshgrid(np.linspace(0, 1, width), np.linspace(0, 1, height))
    samples = np.stack(formula(x, y), axis=-1)
    return Image.fromarray(np.rint(samples * 255).astype(np.uint8))
