"""Arrays of features on disk, with what is known of the encoder that made them.

features.npy          float32 (N, feature_dim), rows as in captions.json
maps.npy              float16 (N, positions, feature_dim), where they were asked for
encoder.safetensors   the encoder's weights, as rounded for serving
about.json            encoder, which weights were asked for and their history, fingerprint of the data, size
                      that the pictures are stored at, how many rows are done
"""

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from caption_service.encoder_arguments import EncoderArguments

ABOUT, POOLED, MAPS = "about.json", "features.npy", "maps.npy"


@dataclass(frozen=True)
class Features:
    """Mapped arrays; `maps` is None where they were not asked for. `stored_size` is the side of the pictures
    that they were taken of, 0 where an older job did not note it."""

    encoder: EncoderArguments
    history: dict[str, Any]
    drift: float
    data: str
    pooled: NDArray[np.float32]
    maps: NDArray[np.float16] | None
    folder: Path
    stored_size: int = 0

    def inputs(self, use_maps: bool) -> NDArray[np.floating[Any]]:
        """What a decoder takes; ValueError where it wants maps and there are none."""
        if not use_maps:
            return self.pooled
        if self.maps is None:
            raise ValueError("this decoder looks at feature maps: run features with --maps")
        return self.maps


@dataclass(frozen=True)
class Asked:
    """What features were asked for: a run that goes on must ask for the same.

    `weights` tells the encoder's weights apart, as `encoder_weights.identity` does; `data` is the fingerprint
    of the pictures, `stored_size` the side they are stored at.
    """

    weights: str
    data: str
    stored_size: int


class Filling:
    """Features being written."""

    def __init__(self, folder: Path, about: dict[str, Any]) -> None:
        self._folder, self._about = folder, about
        self._pooled = np.lib.format.open_memmap(folder / POOLED, mode="r+")
        self._maps = np.lib.format.open_memmap(folder / MAPS, mode="r+") if about["maps"] else None

    @property
    def done(self) -> int:
        return int(self._about["done"])

    def write(self, rows: NDArray[np.int64], values: NDArray[np.float32]) -> None:
        """`values` (n, feature_dim), or maps (n, positions, feature_dim), whose mean is then the feature."""
        if self._maps is None:
            self._pooled[rows] = values
            return
        self._maps[rows] = values
        self._pooled[rows] = values.mean(axis=1)

    def note(self, done: int) -> None:
        """That so many rows are complete."""
        self._pooled.flush()
        if self._maps is not None:
            self._maps.flush()
        self._about["done"] = done
        _write(self._folder, self._about)


def begin(
    folder: Path,
    encoder: EncoderArguments,
    asked: Asked,
    *,
    history: dict[str, Any],
    drift: float,
    count: int,
    positions: int,
) -> None:
    """Empty arrays for `count` pictures, with maps of so many positions, 0 for none.

    `drift` is the worst cosine distance that rounding the weights gave.
    """
    about = {
        "encoder": encoder.to_json(),
        **asdict(asked),
        "history": history,
        "drift": drift,
        "count": count,
        "maps": positions > 0,
        "done": 0,
    }
    shape = (count, encoder.feature_dim)
    np.lib.format.open_memmap(folder / POOLED, mode="w+", dtype=np.float32, shape=shape).flush()
    if positions:
        shape3 = (count, positions, encoder.feature_dim)
        np.lib.format.open_memmap(folder / MAPS, mode="w+", dtype=np.float16, shape=shape3).flush()
    _write(folder, about)


def resume(folder: Path, encoder: EncoderArguments, asked: Asked, maps: bool) -> Filling:
    """ValueError where the folder holds features of other weights or pictures, or none of the maps."""
    about = json.loads((folder / ABOUT).read_text())
    wanted = {"encoder": encoder.to_json(), **asdict(asked), "maps": maps}
    if differing := [name for name, value in wanted.items() if about.get(name) != value]:
        raise ValueError(f"{folder} holds other features: {', '.join(differing)} differ. Give another folder")
    return Filling(folder, about)


def load(folder: Path) -> Features:
    """ValueError where `features` has not finished: the rows that it lacks are zeros."""
    about = json.loads((folder / ABOUT).read_text())
    if about["done"] != about["count"]:
        raise ValueError(
            f"{folder} holds {about['done']} of {about['count']} features: give the command of features again"
        )
    maps = np.load(folder / MAPS, mmap_mode="r") if about["maps"] else None
    pooled = np.load(folder / POOLED, mmap_mode="r")
    encoder = EncoderArguments.from_json(about["encoder"])
    return Features(
        encoder,
        about["history"],
        about["drift"],
        about["data"],
        pooled,
        maps,
        folder,
        about.get("stored_size", 0),
    )


def _write(folder: Path, about: dict[str, Any]) -> None:
    temporary = folder / f"{ABOUT}.tmp"
    temporary.write_text(json.dumps(about, indent=1))
    temporary.replace(folder / ABOUT)
