"""Arrays in one file that is mapped into memory: pages come in as they are read, and processes share them.

    about      how long the JSON is (8 bytes), then JSON: what the arrays are of, their types, shapes, places
    arrays     each from a multiple of 64 bytes
    digest     SHA-256 of all that

A file appears whole or not at all: it is written under another name, brought to the disk, then renamed. It is
derived, so one that is not what it says counts for nothing.
"""

import hashlib
import json
import logging
import mmap
import os
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from diversity_contracts.publishing import sync_to_disk

log = logging.getLogger(__name__)
FORMAT = 1
_ALIGNED = 64
_LENGTH = 8
_DIGEST = hashlib.sha256().digest_size
Array = NDArray[Any]


@dataclass(frozen=True, slots=True)
class Mapped:
    """What a file says of its arrays, and the arrays; who writes to one writes to memory of its own."""

    about: Mapping[str, Any]
    arrays: Mapping[str, Array]


def write(path: Path, about: Mapping[str, object], arrays: Mapping[str, Sequence[Array]]) -> None:
    """Replace the file at `path`.

    Args:
        about: what JSON can hold.
        arrays: each in pieces that follow one another along the first axis, at least one.

    Raises OSError.
    """
    fresh = path.with_name(f".{path.name}")
    try:
        with fresh.open("wb") as file:
            digest = hashlib.sha256()
            for piece in _pieces(about, arrays):
                digest.update(piece)
                file.write(piece)
            file.write(digest.digest())
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(path)
    finally:
        fresh.unlink(missing_ok=True)
    sync_to_disk(path.parent)


def read(path: Path) -> Mapped | None:
    """The file's contents; None where there is none, or where it is not what `write` made."""
    try:
        with path.open("rb") as file:
            held = memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_COPY))
        if hashlib.sha256(held[:-_DIGEST]).digest() != held[-_DIGEST:]:
            raise ValueError("its digest differs")
        length = int.from_bytes(held[:_LENGTH], "little")
        said = json.loads(bytes(held[_LENGTH : _LENGTH + length]))
        if said["format"] != FORMAT or said["order"] != sys.byteorder:
            raise ValueError("another program wrote it")
        arrays = {name: _array(held, *place) for name, place in said["arrays"].items()}
        return Mapped(said["about"], arrays)
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError) as error:
        log.warning("a derived file counts for nothing", extra={"file": path.name, "reason": str(error)})
        return None


def remove(path: Path) -> None:
    """Take the file away, so that it is not there after a power cut either. Raises OSError."""
    if path.exists():
        path.unlink()
        sync_to_disk(path.parent)


def _pieces(
    about: Mapping[str, object], arrays: Mapping[str, Sequence[Array]]
) -> Iterable[memoryview | bytes]:
    places, offset = dict[str, tuple[str, list[int], int]](), 0
    for name, parts in arrays.items():
        shape = [sum(len(part) for part in parts), *parts[0].shape[1:]]
        places[name] = (parts[0].dtype.str, shape, offset)
        offset += _up(sum(part.nbytes for part in parts))
    said = {"format": FORMAT, "order": sys.byteorder, "about": about, "arrays": places}
    packed = json.dumps(said).encode()
    packed += b" " * (_up(_LENGTH + len(packed)) - _LENGTH - len(packed))
    yield len(packed).to_bytes(_LENGTH, "little") + packed
    for parts in arrays.values():
        size = 0
        for part in parts:
            size += part.nbytes
            if part.nbytes:
                yield np.ascontiguousarray(part).data.cast("B")
        yield bytes(_up(size) - size)


def _array(held: memoryview, kind: str, shape: list[int], offset: int) -> Array:
    start = _LENGTH + int.from_bytes(held[:_LENGTH], "little") + offset
    count = int(np.prod(shape))
    return np.frombuffer(held, dtype=np.dtype(kind), count=count, offset=start).reshape(shape)


def _up(size: int) -> int:
    return -(-size // _ALIGNED) * _ALIGNED
