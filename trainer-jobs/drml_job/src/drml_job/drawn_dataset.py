"""A small set of drawn pictures in class folders, for rehearsing the job where no data is at hand."""

from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

# Each class has a shape and a colour of its own, so that even a rehearsal's few steps can learn something.
CLASSES = {
    "disc": (210, 50, 40),
    "square": (50, 180, 60),
    "triangle": (50, 70, 210),
    "stripes": (220, 200, 50),
}
SIDE = 48


def write(directory: Path, per_class: int, seed: int = 0) -> None:
    """CLASSES folders of so many PNG files; shade, position and background vary."""
    random = np.random.default_rng(seed)
    for name in CLASSES:
        (directory / name).mkdir(parents=True, exist_ok=True)
        for number in range(per_class):
            _draw(name, random).save(directory / name / f"{number:04d}.png")


def _draw(name: str, random: np.random.Generator) -> Image.Image:
    grey = int(random.integers(0, 256))
    red, green, blue = (int(value + random.integers(-30, 30)) for value in CLASSES[name])
    colour = (red, green, blue)
    picture = Image.new("RGB", (SIDE, SIDE), (grey, grey, grey))
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
