"""Pictures that are drawn, not downloaded: each number gives one, always the same."""

import io

import numpy as np
from PIL import Image, ImageDraw


def draw(number: int, *, size: tuple[int, int] = (64, 48)) -> Image.Image:
    """An RGB picture of coloured shapes on a gradient; different numbers give different pictures."""
    random = np.random.default_rng(number)
    width, height = size
    left, right = random.integers(0, 256, size=(2, 3))
    ramp = np.linspace(0, 1, width)[None, :, None]
    gradient = (left * (1 - ramp) + right * ramp).astype(np.uint8)
    image = Image.fromarray(np.broadcast_to(gradient, (height, width, 3)).copy())
    pen = ImageDraw.Draw(image)
    for _ in range(int(random.integers(1, 5))):
        x, y = int(random.integers(0, width)), int(random.integers(0, height))
        radius = int(random.integers(3, max(4, min(width, height) // 2)))
        colour = (int(random.integers(256)), int(random.integers(256)), int(random.integers(256)))
        box = (x - radius, y - radius, x + radius, y + radius)
        (pen.ellipse if random.random() < 0.5 else pen.rectangle)(box, fill=colour)
    return image


def plain(colour: tuple[int, int, int], *, size: tuple[int, int] = (8, 8)) -> Image.Image:
    """One colour."""
    return Image.new("RGB", size, colour)


def encoded(image: Image.Image, kind: str = "PNG") -> bytes:
    """The bytes of `image` as a file of `kind`."""
    buffer = io.BytesIO()
    image.save(buffer, kind)
    return buffer.getvalue()


def drawn(number: int, *, size: tuple[int, int] = (64, 48), kind: str = "PNG") -> bytes:
    """The bytes of picture `number`."""
    return encoded(draw(number, size=size), kind)
