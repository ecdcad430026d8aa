"""Stored pictures: every picture of a prepared collection, decoded and scaled once, in one mapped array.

pictures-<size>.npy    uint8 (N, size, size, 3), RGB, squashed to a square, rows as in captions.json
pictures-<size>.json   how many rows are filled, of which data, how many of the pictures were larger than size
"""

import json
import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from tqdm import tqdm

from caption_job.prepared import Prepared
from diversity_contracts.pictures import decode
from diversity_contracts.problems import ProblemError
from job_kit.sources import Source, open_sources

# The services' filter; Pillow's widens with the reduction, so nothing aliases.
FILTER = Image.Resampling.BILINEAR
_BLOCK = 256  # pictures between two notes of progress


@dataclass(frozen=True)
class Stored:
    """Every picture of a prepared collection (N, S, S, 3); `larger` counts those that were made smaller."""

    pixels: NDArray[np.uint8]
    larger: int

    @property
    def size(self) -> int:
        return int(self.pixels.shape[1])

    def check_serves(self, size: int) -> None:
        """ValueError where an encoder of `size` would learn from less than it is served: from pictures that
        were made smaller to be stored, and are made larger again for it."""
        if self.size < size and self.larger:
            raise ValueError(
                f"{self.larger} pictures are larger than the {self.size} px they are stored at, and the "
                f"encoder takes {size}: it would learn from less than it is served. Leave --stored-size out"
            )


def store(data: Sequence[Path], prepared: Prepared, directory: Path, size: int) -> Stored:
    """The array, filled from where an earlier call stopped; ValueError, naming it, on a broken picture.

    Threads do: Pillow decodes and scales outside Python's lock.
    """
    path, note = directory / f"pictures-{size}.npy", directory / f"pictures-{size}.json"
    count = len(prepared.pictures)
    begun: dict[str, Any] = {"data": prepared.fingerprint, "done": 0, "larger": 0}
    if note.exists() and path.exists():
        found = json.loads(note.read_text())
        # A note from before `larger` was counted does not say what is needed: the pictures are stored anew.
        begun = found if found["data"] == prepared.fingerprint and "larger" in found else begun
    shape = (count, size, size, 3)
    mode = "r+" if begun["done"] else "w+"
    array = np.lib.format.open_memmap(path, mode=mode, dtype=np.uint8, shape=None if begun["done"] else shape)
    if begun["done"] < count:
        source = open_sources(data)
        with (
            ThreadPoolExecutor(os.cpu_count()) as pool,
            tqdm(
                total=count, initial=begun["done"], desc=f"decode to {size} px", unit="img", mininterval=2
            ) as bar,
        ):
            for start in range(begun["done"], count, _BLOCK):
                paths = [picture.path for picture in prepared.pictures[start : start + _BLOCK]]
                squares = list(pool.map(lambda p: _square(source, p, size), paths))
                array[start : start + len(paths)] = [square for square, _ in squares]
                array.flush()
                begun["done"] = start + len(paths)
                begun["larger"] += sum(larger for _, larger in squares)
                note.write_text(json.dumps(begun))
                bar.update(len(paths))
    return Stored(np.load(path, mmap_mode="r"), begun["larger"])


def kept(directory: Path, data: str, size: int) -> NDArray[np.uint8] | None:
    """The array that `store` filled in a prepared directory, that of `size` before the largest; None without
    a whole one of the pictures with the fingerprint `data`."""
    found: dict[int, Path] = {}
    for note in directory.glob("pictures-*.json"):
        path, side = note.with_suffix(".npy"), int(note.stem.partition("-")[2])
        told = json.loads(note.read_text())
        if path.exists() and told["data"] == data and told["done"] == len(np.load(path, mmap_mode="r")):
            found[side] = path
    if not found:
        return None
    path = found[size if size in found else max(found)]
    return np.load(path, mmap_mode="r")  # type: ignore[no-any-return]  # numpy leaves load untyped


def _square(source: Source, path: str, size: int) -> tuple[NDArray[np.uint8], bool]:
    """The square, and whether the picture was larger."""
    try:
        picture = decode(source.read(path))
    except ProblemError as broken:
        raise ValueError(f"cannot decode {path}: {broken}") from broken
    return np.asarray(squashed(picture.image, size)), max(picture.image.size) > size


def squashed(picture: Image.Image, size: int) -> Image.Image:
    """An RGB picture with both sides scaled to `size`, as the manifest's rule `squash` says."""
    return picture if picture.size == (size, size) else picture.resize((size, size), FILTER)


def batch(
    pictures: NDArray[np.uint8], size: int, mean: Sequence[float], std: Sequence[float]
) -> NDArray[np.float32]:
    """Stored pictures (n, S, S, 3) as an encoder's input (n, size, size, 3): values of 0..1, less the mean,
    over the deviation, per channel."""
    if pictures.shape[1] != size:
        pictures = np.stack([np.asarray(squashed(Image.fromarray(p), size)) for p in np.asarray(pictures)])
    samples = pictures.astype(np.float32) / np.float32(255)
    centre, spread = np.asarray(mean, np.float32), np.asarray(std, np.float32)
    return np.asarray((samples - centre) / spread, np.float32)
