"""Panels of pictures: for several queries, one row each, the 5 nearest and the 5 farthest."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from drml_job import metrics
from drml_job.packed import Packed

TILE = 64  # px: Tiny ImageNet's own size
_GAP = 4
_BLOCK_GAP = 20
_HEADER = 16


def choose(labels: NDArray[np.int64], count: int, seed: int) -> NDArray[np.int64]:
    """Positions of queries of different classes, drawn by the seed and never by how well they do."""
    random = np.random.default_rng(seed)
    classes = random.permutation(np.unique(labels))[:count]
    return np.array([random.choice(np.flatnonzero(labels == own)) for own in classes])


def draw(
    pictures: NDArray[np.uint8], rows: Sequence[Sequence[Sequence[int]]], headers: Sequence[str]
) -> Image.Image:
    """A sheet of tiles: `rows[i][b]` lists the pictures of row i in block b; a header stands above each
    block."""
    widths = [max(len(row[block]) for row in rows) for block in range(len(headers))]
    lefts = np.cumsum([0, *[count * (TILE + _GAP) + _BLOCK_GAP for count in widths]])
    size = (int(lefts[-1]) - _BLOCK_GAP - _GAP, _HEADER + len(rows) * (TILE + _GAP))
    sheet = Image.new("RGB", size, "white")
    pen = ImageDraw.Draw(sheet)
    for block, header in enumerate(headers):
        pen.text((int(lefts[block]), 2), header, fill="black")
        for line, row in enumerate(rows):
            for place, picture in enumerate(row[block]):
                tile = Image.fromarray(np.asarray(pictures[picture])).resize((TILE, TILE))
                sheet.paste(tile, (int(lefts[block]) + place * (TILE + _GAP), _HEADER + line * (TILE + _GAP)))
    return sheet


def nearest_and_farthest(
    data: Packed, gallery: NDArray[np.int64], e: metrics.Floats, queries: NDArray[np.int64], listed: int
) -> Image.Image:
    """The panel of a gallery of packed rows with embeddings `e`; `queries` are positions in the gallery."""
    near = metrics.nearest(e, queries, listed)
    far, _ = metrics.farthest(e, queries, listed)
    rows = [
        [[int(gallery[query])], gallery[left].tolist(), gallery[right].tolist()]
        for query, left, right in zip(queries, near, far, strict=True)
    ]
    return draw(data.pictures, rows, ("query", f"{listed} nearest", f"{listed} farthest"))


def save(panel: Image.Image, path: Path) -> None:
    """JPEG, about 100 kB for eight queries: it travels in the artifact."""
    panel.save(path, quality=85)
