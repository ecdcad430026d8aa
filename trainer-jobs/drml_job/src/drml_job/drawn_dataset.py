"""A small set of drawn pictures in class folders, for rehearsing the job where no data is at hand."""

from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

CLASSES = ("disc", "square", "triangle", "stripes")
SIDE = 48


def write(directory: Path, per_class: int, seed: int = 0) -> None:
    """CLASSES folders of so many PNG files; colour and position vary, the shape is the class."""
    random = np.random.default_rng(seed)
    for name in CLASSES:
        (directory / name).mkdir(parents=True, exist_ok=True)
        for number in range(per_class):
            _draw(name, random).save(directory / name / f"{number:04d}.png")


def _draw(name: str, random: np.random.Generator) -> Image.Image:
    background, colour = (tuple(int(value) for value in random.integers(0, 256, 3)) for _ in range(2))
    picture = Image.new("RGB", (SIDE, SIDE), background)
    pen = ImageDraw.Draw(picture)
    left, top = (int(value) for value in random.integers(2, 16, 2))
    box = (left, top, left + 28, top + 28)
    if name == "disc":
        pen.ellipse(box, fill=colour)
    elif name == "square":
        pen.rectangle(box, fill=colour)
    elif name == "triangle":
        pen.polygon([(box[0], box[3]), (box[2], box[3]), ((box[0] + box[2]) // 2, box[1])], fill=colour)
    else:
        for x in range(left % 8, SIDE, 8):
            pen.line((x, 0, x, SIDE), fill=colour, width=3)
    return picture
