"""Sheets of pictures with their sentences: samples, and what a sentence finds."""

import textwrap
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

TILE = 112  # px
_GAP = 6
_LINES = 4
_LINE_HEIGHT = 11
_HEADER = 16
_WIDE = 21  # letters a line

Cell = tuple[int, str]  # a row of the stored pictures, and what stands below it


def draw(pictures: NDArray[np.uint8], rows: Sequence[Sequence[Cell]], headers: Sequence[str]) -> Image.Image:
    """`rows[i]` are tiles from left to right; header j stands above column j, empty ones above nothing."""
    font = ImageFont.load_default(size=9)
    step, below = TILE + _GAP, TILE + _GAP + _LINES * _LINE_HEIGHT
    size = (step * max(len(row) for row in rows), _HEADER + below * len(rows))
    sheet = Image.new("RGB", size, "white")
    pen = ImageDraw.Draw(sheet)
    for column, header in enumerate(headers):
        pen.text((column * step, 2), header, fill="black", font=font)
    for line, row in enumerate(rows):
        top = _HEADER + line * below
        for column, (picture, text) in enumerate(row):
            tile = Image.fromarray(np.asarray(pictures[picture])).resize((TILE, TILE))
            sheet.paste(tile, (column * step, top))
            for number, part in enumerate(textwrap.wrap(text, _WIDE)[:_LINES]):
                pen.text((column * step, top + TILE + number * _LINE_HEIGHT), part, fill="black", font=font)
    return sheet


def save(sheet: Image.Image, path: Path) -> None:
    """JPEG of some hundred kB: it travels in the artifact."""
    sheet.save(path, quality=82)
