"""Decoding a collection into a packed array, on every core."""

import os
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from diversity_contracts.manifest import Preprocessing
from diversity_contracts.pictures import decode
from diversity_contracts.problems import ProblemError
from diversity_view.preprocess import square
from drml_job import packed
from drml_job.datasets import Collection
from job_kit.sources import Source, open_source

RESIZE: Literal["cover"] = "cover"  # the manifest's rule: squashing would teach shapes that no query has
_CHUNK = 500  # pictures per task: sending them back then costs nothing, and the bar still moves


def pack(data: Path, collection: Collection, directory: Path, size: int) -> packed.Packed:
    """Decodes every entry in order and seals the directory; any broken picture stops it, naming the path."""
    paths = [entry.path for entry in collection.entries]
    pictures = packed.create(directory, len(paths), size)
    filled = 0
    with tqdm(total=len(paths), desc="decode", unit="img") as bar:
        for block in _decoded(data, paths, size):
            pictures[filled : filled + len(block)] = block
            filled += len(block)
            bar.update(len(block))
    if filled != len(paths):
        raise RuntimeError(f"decoded {filled} pictures of {len(paths)}")
    pictures.flush()
    positions = {name: position for position, name in enumerate(collection.classes)}
    labels = [positions[entry.class_name] for entry in collection.entries]
    splits = [entry.split for entry in collection.entries]
    train = np.flatnonzero(np.asarray(splits) == "train")
    mean, std = packed.mean_and_std(pictures, train)
    index = packed.PackedIndex(
        format=packed.FORMAT,
        size=size,
        paths=paths,
        labels=labels,
        splits=splits,
        classes=list(positions),
        titles={name: title for name, title in collection.titles.items() if name in positions},
        mean=mean,
        std=std,
        fingerprint=packed.fingerprint(pictures, paths, labels, splits),
    )
    packed.seal(directory, index)
    return packed.load(directory)


def _decoded(data: Path, paths: list[str], size: int) -> Iterator[NDArray[np.uint8]]:
    chunks = [paths[start : start + _CHUNK] for start in range(0, len(paths), _CHUNK)]
    if len(chunks) == 1:  # starting worker processes would take longer than decoding
        yield _decode_chunk(open_source(data), chunks[0], size)
        return
    with ProcessPoolExecutor(os.cpu_count(), initializer=_open_in_worker, initargs=(data,)) as pool:
        yield from pool.map(_decode_in_worker, chunks, [size] * len(chunks))


def _decode_chunk(source: Source, paths: list[str], size: int) -> NDArray[np.uint8]:
    return np.stack([_decode_one(source, path, size) for path in paths])


def _decode_one(source: Source, path: str, size: int) -> NDArray[np.uint8]:
    """Upright RGB, the shorter side scaled to `size`, the middle cut out: uint8 (size, size, 3); as
    served."""
    rule = Preprocessing(size=size, resize=RESIZE, mean=(0, 0, 0), std=(1, 1, 1))
    try:
        picture = decode(source.read(path))
    except ProblemError as broken:
        raise ValueError(f"cannot decode {path}: {broken}") from broken
    return np.asarray(square(picture.image, rule))


# A zip file opened before a fork would share its file position between the workers: each opens its own.
_worker_source: list[Source] = []


def _open_in_worker(data: Path) -> None:
    _worker_source[:] = [open_source(data)]


def _decode_in_worker(paths: list[str], size: int) -> NDArray[np.uint8]:
    return _decode_chunk(_worker_source[0], paths, size)
