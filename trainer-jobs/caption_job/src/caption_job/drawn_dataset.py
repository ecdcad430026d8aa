"""A small set of drawn pictures with captions in Flickr8k's form, to rehearse the job where no data is at
hand."""

from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

SHAPES = ("disc", "square", "bar")
COLOURS = {"red": (210, 50, 40), "green": (50, 180, 60), "blue": (50, 70, 210)}
SIDE = 64
# Five captions a picture, as people would vary them.
_SAYINGS = (
    "A {colour} {shape} on a grey ground .",
    "There is a {colour} {shape} .",
    "The {shape} is {colour} .",
    "One {colour} {shape} lies on grey .",
    "A picture of a {colour} {shape} .",
)


def write(directory: Path, count: int, seed: int = 0) -> None:
    """So many PNG files and their captions; shade, place and size vary, splits go by the names' hash."""
    directory.mkdir(parents=True, exist_ok=True)
    random = np.random.default_rng(seed)
    lines = []
    for number in range(count):
        shape, colour = str(random.choice(SHAPES)), str(random.choice(list(COLOURS)))
        name = f"{number:04d}.png"
        _draw(shape, colour, random).save(directory / name)
        told = (saying.format(shape=shape, colour=colour) for saying in _SAYINGS)
        lines += [f"{name}#{index}\t{caption}" for index, caption in enumerate(told)]
    (directory / "captions.txt").write_text("\n".join(lines) + "\n")


def _draw(shape: str, colour: str, random: np.random.Generator) -> Image.Image:
    grey = int(random.integers(60, 200))
    picture = Image.new("RGB", (SIDE, SIDE), (grey, grey, grey))
    pen = ImageDraw.Draw(picture)
    left, top, size = (int(value) for value in random.integers((4, 4, 20), (24, 24, 36)))
    box = (left, top, left + size, top + size)
    if shape == "disc":
        pen.ellipse(box, fill=COLOURS[colour])
    elif shape == "square":
        pen.rectangle(box, fill=COLOURS[colour])
    else:
        pen.rectangle((0, top, SIDE, top + 8), fill=COLOURS[colour])
    return picture
