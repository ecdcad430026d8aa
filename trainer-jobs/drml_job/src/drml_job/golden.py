"""Golden inputs: drawn pictures whose embeddings an artifact must reproduce wherever it is loaded."""

from collections.abc import Callable

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from diversity_contracts.manifest import Preprocessing
from drml_service.network import EmbeddingNetwork
from drml_service.preprocess import network_input

NUMBERS = 32  # of 4096: enough that another network agrees by chance with none of them
# Cosine distance. Other orders of summation move it by 1e-6; other weights, or another resize filter, by 1e-2
# and more.
TOLERANCE = 1e-4


def pictures() -> dict[str, Image.Image]:
    """By file name; of unequal sides, so that the resize rule is part of what is checked."""
    return {"golden-gradient.png": _gradient(), "golden-shapes.png": _shapes(), "golden-waves.png": _waves()}


def answers(network: EmbeddingNetwork, rule: Preprocessing) -> dict[str, list[float]]:
    """The first numbers of each golden picture's embedding, by file name, one picture at a time as served."""
    result = {}
    with torch.inference_mode():
        for name, picture in pictures().items():
            x = torch.from_numpy(network_input(picture, rule)).unsqueeze(0)
            result[name] = [float(number) for number in network(x)[0, :NUMBERS]]
    return result


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
