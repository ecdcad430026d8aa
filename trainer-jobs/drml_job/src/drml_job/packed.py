"""Packed pictures: all pictures of a collection, decoded once to one square size, in one memory-mapped array.

pictures.npy   uint8 (N, S, S, 3), RGB, rows in the order of the index
index.json     paths, labels, splits, class names, the training split's mean and deviation, a fingerprint
"""

import hashlib
import json
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from drml_job.datasets import Split

FORMAT = 1
_CHUNK = 2048  # rows per pass over the array: 25 MB at 64 px


@dataclass(frozen=True)
class PackedIndex:
    """`labels[i]` is a position in `classes`; mean and std are per channel of pictures in 0..1, training
    split only."""

    format: int
    size: int
    paths: list[str]
    labels: list[int]
    splits: list[Split]
    classes: list[str]
    titles: dict[str, str]
    mean: list[float]
    std: list[float]
    fingerprint: str


@dataclass(frozen=True)
class Packed:
    index: PackedIndex
    pictures: NDArray[np.uint8]

    @property
    def labels(self) -> NDArray[np.int64]:
        return np.asarray(self.index.labels, dtype=np.int64)

    def rows(self, split: Split) -> NDArray[np.int64]:
        """Row numbers of a split, ascending."""
        return np.flatnonzero(np.asarray(self.index.splits) == split)

    def title(self, label: int) -> str:
        name = self.index.classes[label]
        return self.index.titles.get(name, name)


def create(directory: Path, count: int, size: int) -> np.memmap[tuple[int, ...], np.dtype[np.uint8]]:
    """An empty array to fill; the directory becomes readable only once `seal` has written the index."""
    directory.mkdir(parents=True, exist_ok=True)
    (directory / "index.json").unlink(missing_ok=True)
    shape = (count, size, size, 3)
    return np.lib.format.open_memmap(directory / "pictures.npy", mode="w+", dtype=np.uint8, shape=shape)


def seal(directory: Path, index: PackedIndex) -> None:
    temporary = directory / "index.json.tmp"
    temporary.write_text(json.dumps(asdict(index)))
    temporary.replace(directory / "index.json")


def load(directory: Path) -> Packed:
    """FileNotFoundError before `prepare` has finished; ValueError where the two files do not belong
    together."""
    index = PackedIndex(**json.loads((directory / "index.json").read_text()))
    pictures: NDArray[np.uint8] = np.load(directory / "pictures.npy", mmap_mode="r")
    if index.format != FORMAT:
        raise ValueError(f"packed format {index.format}, this code reads {FORMAT}")
    if pictures.shape != (len(index.paths), index.size, index.size, 3) or pictures.dtype != np.uint8:
        raise ValueError(
            f"pictures.npy holds {pictures.dtype} {pictures.shape}, the index {len(index.paths)} pictures"
        )
    return Packed(index, pictures)


def mean_and_std(pictures: NDArray[np.uint8], rows: NDArray[np.int64]) -> tuple[list[float], list[float]]:
    """Per-channel mean and standard deviation over every pixel of the given rows, in units of 0..1."""
    total = np.zeros(3)
    squares = np.zeros(3)
    for start in range(0, len(rows), _CHUNK):
        block = pictures[rows[start : start + _CHUNK]].reshape(-1, 3)
        counts = np.stack([np.bincount(block[:, channel], minlength=256) for channel in range(3)])
        values = np.arange(256) / 255.0
        total += counts @ values
        squares += counts @ values**2
    pixels = len(rows) * pictures.shape[1] * pictures.shape[2]
    mean = total / pixels
    return mean.tolist(), np.sqrt(squares / pixels - mean**2).tolist()


def fingerprint(pictures: NDArray[np.uint8], paths: list[str], labels: list[int], splits: list[Split]) -> str:
    """sha256 over every pixel and the list of paths, labels and splits: equal only for equal training
    data."""
    digest = hashlib.sha256(json.dumps([paths, labels, splits]).encode())
    for start in range(0, len(pictures), _CHUNK):
        digest.update(np.ascontiguousarray(pictures[start : start + _CHUNK]).data)
    return digest.hexdigest()
