"""Features of a frozen encoder for every packed picture, computed once into a file.

    python -m drml_job.teacher --packed PACKED [--encoder efficientnet-lite0] [--size 128]

writes PACKED/frozen-<name>.npy, float16 (N, dim) in the packed order, and a JSON file that says how far it
is and whose features they are; the same command goes on where it stopped. `pretrain --teacher-features`
learns from it, `prepare --in-class-negatives` orders by it.
"""

import argparse
import json
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from tqdm import tqdm

from drml_job import devices, packed
from drml_job.embedding import as_batch
from drml_job.frozen import EFFICIENTNET, EFFICIENTNETS, FrozenEncoder, open_encoder
from drml_job.triplets import PairDistances, Rows

_BATCH = 64  # at 128 px the widest maps of one batch then fit the caches of a small machine
_PAIRS = 20_000  # compared at a time: 300 MB at 1280 numbers, where all triplets of a job would take 10 GB
_SAVE_EVERY = 50  # batches: a killed run loses less than a minute


def run(data: packed.Packed, directory: Path, encoder: FrozenEncoder, device: devices.Device) -> Path:
    """Returns the finished file's path."""
    path = directory / f"frozen-{encoder.name}.npy"
    progress = path.with_suffix(".json")
    about = {
        "encoder": encoder.name,
        "dim": encoder.dim,
        "data": data.index.fingerprint,
        "seen_imagenet": encoder.seen_imagenet,
    }
    count = len(data.pictures)
    done = _done(progress, about) if path.exists() else 0
    mode = "r+" if done else "w+"
    file = np.lib.format.open_memmap(path, mode=mode, dtype=np.float16, shape=(count, encoder.dim))
    with (
        torch.inference_mode(),
        tqdm(total=count, initial=done, desc=encoder.name, unit="img", mininterval=5) as bar,
    ):
        for number, start in enumerate(range(done, count, _BATCH), start=1):
            with device.autocast():
                batch = encoder.features(as_batch(data.pictures[start : start + _BATCH], device))
            file[start : start + len(batch)] = batch.cpu().numpy()
            bar.update(len(batch))
            if number % _SAVE_EVERY == 0 or start + len(batch) == count:
                file.flush()
                progress.write_text(json.dumps(about | {"done": start + len(batch)}))
    return path


def read(path: Path, data: packed.Packed) -> NDArray[np.float16]:
    """(N, dim), memory-mapped. ValueError where the file is unfinished or of other pictures."""
    about = json.loads(path.with_suffix(".json").read_text())
    if about["data"] != data.index.fingerprint or about["done"] != len(data.pictures):
        raise ValueError(f"{path.name} is unfinished or belongs to other pictures: run drml_job.teacher")
    features: NDArray[np.float16] = np.load(path, mmap_mode="r")
    return features


def influence(path: Path) -> dict[str, Any]:
    """What a network trained with these features records of them: the encoder's name, and whether it has seen
    ImageNet."""
    about = json.loads(path.with_suffix(".json").read_text())
    # Files from before this was written down: an EfficientNet's, or of a checkpoint from scratch.
    seen = about.get("seen_imagenet", about["encoder"].startswith("efficientnet"))
    return {"encoder": about["encoder"], "seen_imagenet": seen}


def cosine_distances(features: NDArray[np.float16]) -> PairDistances:
    """1 - cosine between rows a[i] and b[i]."""

    def between(a: Rows, b: Rows) -> NDArray[np.float32]:
        distances = np.empty(len(a), dtype=np.float32)
        for start in range(0, len(a), _PAIRS):
            part = slice(start, start + _PAIRS)
            left, right = features[a[part]].astype(np.float32), features[b[part]].astype(np.float32)
            lengths = np.linalg.norm(left, axis=1) * np.linalg.norm(right, axis=1)
            distances[part] = 1 - (left * right).sum(1) / np.maximum(lengths, 1e-12)
        return distances

    return between


def _done(progress: Path, about: dict[str, object]) -> int:
    """Rows finished by an earlier run of the same work, else 0."""
    if not progress.exists():
        return 0
    stored = json.loads(progress.read_text())
    same = all(stored[name] == about[name] for name in ("encoder", "dim", "data"))
    return int(stored["done"]) if same else 0


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--packed", type=Path, required=True)
    parser.add_argument(
        "--encoder", default=EFFICIENTNET, help=f"{', '.join(EFFICIENTNETS)} or a checkpoint's path"
    )
    parser.add_argument("--size", type=int, default=0, help="px it is shown pictures at; default: its own")
    values = parser.parse_args()
    device = devices.choose()
    encoder = open_encoder(values.encoder, device.torch_device, values.size)
    print(run(packed.load(values.packed), values.packed, encoder, device))


if __name__ == "__main__":
    main()
