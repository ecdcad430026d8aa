"""What a picture is wanted for, as data that can be sent to another process; how it is made that small."""

from dataclasses import dataclass
from typing import Literal

from PIL import Image, ImageFilter

Resize = Literal["squash", "cover", "within"]
Filter = Literal["bilinear", "box", "lanczos"]
Extent = tuple[float, float]

# Pillow's filters widen with the reduction, so nothing aliases.
_FILTERS: dict[Filter, Image.Resampling] = {
    "bilinear": Image.Resampling.BILINEAR,
    "box": Image.Resampling.BOX,
    "lanczos": Image.Resampling.LANCZOS,
}
# What is larger than wanted by more than twice this is first averaged over whole blocks, to no less than it:
# the filter's cost grows with the pixels it reads.
GAP = 3.0
# Of a reduced picture at least so many pixels are left for each one that is going to be made of them. One for
# one, the filter that makes them would see none of what lies between.
SPARE = 2.0
# Of a half-sized one: with less, embeddings of drawings came as far as 0.998, and pictures so small gain
# nothing.
HALF_SPARE = 3.0
# A reduced pixel is the mean over a block, and the filter that reads it takes it for a point: together they
# blur more than that filter over the whole picture, in variance by 1/12 of a reduced pixel for the block and
# up to as much for the steps. This sharpens by 1/9: with less or more, DRML's embeddings were within a cosine
# of 0.999 at some sizes only. From `_ENOUGH` pixels for one on they are so without it, for 0.4 ms less.
_ENOUGH = 2.25
_EDGE, _MIDDLE = -1 / 18, 1 + 1 / 9
_SHARPER = ImageFilter.Kernel(
    (3, 3), [a * b for a in (_EDGE, _MIDDLE, _EDGE) for b in (_EDGE, _MIDDLE, _EDGE)], scale=1
)


@dataclass(frozen=True, slots=True)
class Reduction:
    """What a picture is decoded for, so that no more of it is than that needs.

    Attributes:
        side: pixels of the square to make, or of the longer side at most.
        resize: `squash` the whole picture into the square, let its middle `cover` the square, or keep its
            proportions `within` it, never enlarged.
        filter: what makes the pixels.
        spare: pixels that a reduced picture has at least for each one that is made of them.
    """

    side: int
    resize: Resize
    filter: Filter = "bilinear"
    spare: float = SPARE

    def at_hand(self, extent: Extent) -> float:
        """Pixels of a picture of this extent for each one that is made of them, along the scarcer axis."""
        return (max(extent) if self.resize == "within" else min(extent)) / self.side

    def factor(self, extent: Extent) -> int:
        """What a JPEG of this extent may be divided by as it is decoded: 8, 4, 2 or 1."""
        has = self.at_hand(extent)
        for factor in (8, 4):
            if has >= factor * self.spare:
                return factor
        return 2 if has >= 2 * max(self.spare, HALF_SPARE) else 1


def scaled(picture: Image.Image, reduction: Reduction, extent: Extent | None = None) -> Image.Image:
    """`picture` (RGB) as `reduction` wants it.

    Args:
        extent: how much of it the picture fills, where the last column and row lie partly beyond.
    """
    width, height = extent or (float(picture.width), float(picture.height))
    side = reduction.side
    size, box = (side, side), (0.0, 0.0, width, height)
    if reduction.resize == "within":
        share = min(1.0, side / max(width, height))
        size = (max(1, round(width * share)), max(1, round(height * share)))
    elif reduction.resize == "cover":
        box = _middle(width, height)
    if (float(size[0]), float(size[1])) == (width, height):
        return picture
    return picture.resize(size, _FILTERS[reduction.filter], box, reducing_gap=GAP)


def sharpened(picture: Image.Image, reduction: Reduction, extent: Extent) -> Image.Image:
    """A reduced picture of `extent`, as sharp as the filter over the whole picture would leave it."""
    blurred = reduction.filter == "bilinear" and reduction.at_hand(extent) < _ENOUGH
    return picture.filter(_SHARPER) if blurred else picture


def _middle(width: float, height: float) -> tuple[float, float, float, float]:
    """Left, top, right, bottom of the largest square about the middle."""
    side = min(width, height)
    left, top = (width - side) / 2, (height - side) / 2
    return left, top, left + side, top + side
