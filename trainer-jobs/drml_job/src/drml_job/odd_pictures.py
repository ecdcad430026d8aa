"""Pictures unlike any photograph: plain, striped, checkered, graded, noisy, flat shapes with sharp edges.

What a network computes less precisely is fitted to pictures; these keep it near where no photograph leads.
"""

from collections.abc import Callable, Iterator

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

Pixels = NDArray[np.uint8]


def pictures(count: int, side: int, seed: int) -> Iterator[Pixels]:
    """`count` of them (side, side, 3), of each kind in turn, always the same for a seed."""
    random = np.random.default_rng(seed)
    for number in range(count):
        yield _KINDS[number % len(_KINDS)](random, side)


def _colours(random: np.random.Generator) -> Pixels:
    """Two, often the strongest there are."""
    levels = random.integers(0, 256, (2, 3))
    return np.asarray(np.where(random.random() < 0.4, (levels > 127) * 255, levels), dtype=np.uint8)


def _plain(random: np.random.Generator, side: int) -> Pixels:
    return np.broadcast_to(_colours(random)[0], (side, side, 3)).copy()


def _checkered(random: np.random.Generator, side: int) -> Pixels:
    wide, high = random.integers(1, side, 2)
    y, x = np.mgrid[:side, :side]
    found: Pixels = _colours(random)[(x // wide + y // high) % 2]
    return found


def _graded(random: np.random.Generator, side: int) -> Pixels:
    y, x = np.mgrid[:side, :side] / (side - 1)
    share = (x if random.random() < 0.5 else (x + y) / 2)[..., None]
    one, other = _colours(random).astype(np.float64)
    found: Pixels = np.rint(one * (1 - share) + other * share).astype(np.uint8)
    return found


def _noisy(random: np.random.Generator, side: int) -> Pixels:
    grain = int(random.integers(1, 9))
    coarse = random.integers(0, 256, (-(-side // grain), -(-side // grain), 3)).astype(np.uint8)
    return coarse.repeat(grain, 0).repeat(grain, 1)[:side, :side]


def _shapes(random: np.random.Generator, side: int) -> Pixels:
    image = Image.fromarray(_graded(random, side))
    pen = ImageDraw.Draw(image)
    for _ in range(int(random.integers(1, 6))):
        x, y = (int(value) for value in random.integers(0, side, 2))
        radius = int(random.integers(2, side // 2))
        box, (colour, _) = (x - radius, y - radius, x + radius, y + radius), _colours(random)
        (pen.ellipse if random.random() < 0.5 else pen.rectangle)(box, fill=tuple(colour.tolist()))
    return np.asarray(image)


_KINDS: tuple[Callable[[np.random.Generator, int], Pixels], ...] = (
    _shapes, _graded, _shapes, _checkered, _shapes, _noisy, _shapes, _plain,
)  # fmt: skip
