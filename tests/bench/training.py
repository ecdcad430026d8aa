"""`train.images_per_s`: the DRML job's training step beside a plain DataLoader loop on the same pictures.

    python -m tests.bench.training [--data DATA] [--rounds 5] [--steps 1]

Ours is what `drml_job.train` does: pictures decoded once and kept as uint8, cropped, resized, flipped and
normalised as a batch on the device, matrix products in the precision that the hardware has, channels last.
The plain loop opens each file anew, crops, resizes, flips it in Pillow (as torchvision's transforms do),
collates it in torch's DataLoader, and trains the same network on the same pictures in float32. Both arms in
turn, with the same threads; on a GPU the loader has as many workers as there are cores, on the CPU none, as
the network has all cores there. DATA is what the job takes, drawn pictures else.
"""

import argparse
import io
import json
import os
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image
from torch import Tensor
from torch.utils.data import DataLoader, Dataset

from drml_job import devices, drawn_dataset, losses, prepare, train
from drml_job.augment import Augmentation, Normalisation, augment
from drml_job.batches import Batches
from drml_job.devices import Device
from drml_job.embedding import as_batch
from drml_job.optimisers import descend, set_learning_rate, sgd
from drml_job.packed import Packed
from drml_job.triplet_model import TripletModel
from drml_service.artifact import STARTER
from drml_service.network_arguments import NetworkArguments
from job_kit.sources import Source, open_source
from tests.bench.kept_answers import merge

Rows = np.ndarray[Any, np.dtype[np.int64]]
# The starter's recipe.
KNOBS = train.Knobs(mining="batch", loss="softplus", gap=0.0, normalise=True, triplet_weight=20.0,
                    classification_weight=1.0, crop_probability=0.9)  # fmt: skip


class Files(Dataset[tuple[Tensor, int]]):
    """Each picture from its file, decoded and transformed when it is asked for."""

    def __init__(self, source: Source, data: Packed, size: int) -> None:
        self._source, self._data = source, data
        self._size, self._normalise = size, Normalisation.of(data.index)
        self._random = np.random.default_rng(1)

    def __len__(self) -> int:
        return len(self._data.index.paths)

    def __getitem__(self, row: int) -> tuple[Tensor, int]:
        with Image.open(io.BytesIO(self._source.read(self._data.index.paths[row]))) as opened:
            picture = self._cropped(opened.convert("RGB"))
        pixels = torch.from_numpy(np.array(picture)).permute(2, 0, 1)
        return self._normalise(pixels), self._data.index.labels[row]

    def _cropped(self, picture: Image.Image) -> Image.Image:
        """A part of 35 to 100 % of the picture, flipped half the time (Szegedy et al. 2015)."""
        area, ratio = self._random.uniform(0.35, 1.0), self._random.uniform(np.log(3 / 4), np.log(4 / 3))
        width = min(1.0, float(np.sqrt(area * np.exp(ratio)))) * picture.width
        height = min(1.0, float(np.sqrt(area / np.exp(ratio)))) * picture.height
        left = self._random.uniform(0, picture.width - width)
        top = self._random.uniform(0, picture.height - height)
        box = (left, top, left + width, top + height)
        sized = picture.resize((self._size, self._size), Image.Resampling.BILINEAR, box)
        flip = self._random.random() < 0.5
        return sized.transpose(Image.Transpose.FLIP_LEFT_RIGHT) if flip else sized


@dataclass
class Arm:
    """A network in training, and where its batches come from."""

    model: TripletModel
    device: Device
    optimiser: torch.optim.Optimizer

    @classmethod
    def begin(cls, data: Packed, device: Device) -> "Arm":
        torch.manual_seed(1)
        arguments = NetworkArguments("single", KNOBS.embedding_dim, KNOBS.normalise)
        model = TripletModel(arguments, len(data.index.classes)).to(device.torch_device)
        optimiser = sgd(model.parameters(), KNOBS.momentum, KNOBS.weight_decay)
        set_learning_rate(optimiser, 0.01)
        model.train()
        return cls(model, device, optimiser)

    def learn(self, x: Tensor, labels: Tensor) -> None:
        """One step."""
        shape = losses.TripletLoss("softplus", KNOBS.gap, 0.1)
        e, logits = self.model(x, self.device)
        loss = train.loss_of(e, logits, labels.to(e.device), shape, KNOBS)
        scaler = torch.amp.GradScaler(e.device.type, enabled=self.device.needs_gradient_scaling)
        descend(self.optimiser, scaler, loss)
        assert bool(torch.isfinite(loss.detach()))  # also waits for the device


def ours(data: Packed, device: Device, batches: Sequence[Rows]) -> Iterator[tuple[Tensor, Tensor]]:
    """Batches as the job makes them."""
    normalise, labels = Normalisation.of(data.index), torch.from_numpy(data.labels)
    augmentation, source = Augmentation(KNOBS.crop_probability, KNOBS.flip_probability), torch.Generator()
    for rows in batches:
        pictures = as_batch(data.pictures[rows], device)
        yield augment(pictures, KNOBS.size, augmentation, normalise, source), labels[torch.from_numpy(rows)]


def plain(files: Files, device: Device, batches: Sequence[Rows]) -> Iterator[tuple[Tensor, Tensor]]:
    """The same pictures through torch's loader."""
    on_gpu = device.torch_device.type == "cuda"
    loader = DataLoader(
        files,
        batch_sampler=[rows.tolist() for rows in batches],
        num_workers=(os.cpu_count() or 1) if on_gpu else 0,
        pin_memory=on_gpu,
    )
    for x, labels in loader:
        yield x.to(device.torch_device, non_blocking=True), labels


def timed(arm: Arm | None, made: Iterator[tuple[Tensor, Tensor]]) -> tuple[float, float]:
    """Seconds and processor seconds to take every batch, and to learn from it where an arm is given."""
    wall, processor = time.perf_counter(), time.process_time()
    for x, labels in made:
        if arm is not None:
            arm.learn(x, labels)
    return time.perf_counter() - wall, time.process_time() - processor


def measure(source: Source, data: Packed, rounds: int, steps: int, precision: str) -> dict[str, Any]:
    """The entry of bench.json."""
    device = devices.choose(precision)
    in_float32 = Device(device.torch_device, torch.float32)
    fast, slow = Arm.begin(data, device), Arm.begin(data, in_float32)
    devices.to_channels_last(fast.model)
    files = Files(source, data, KNOBS.size)
    plan = Batches("batch", KNOBS.batch, KNOBS.per_class, KNOBS.batch * steps, seed=1)
    arms: dict[str, Callable[[Sequence[Rows]], tuple[float, float]]] = {
        "ours": lambda batches: timed(fast, ours(data, device, batches)),
        "plain": lambda batches: timed(slow, plain(files, in_float32, batches)),
        "our pictures alone": lambda batches: timed(None, ours(data, device, batches)),
        "plain pictures alone": lambda batches: timed(None, plain(files, in_float32, batches)),
    }
    took: dict[str, list[tuple[float, float]]] = {name: [] for name in arms}
    for number in range(rounds + 1):
        batches = list(plan.of_epoch(data, np.zeros((0, 3), dtype=np.int64), number))
        for name, arm in arms.items():
            spent = arm(batches)
            if number:  # the first round warms both up
                took[name].append(spent)
    pictures = steps * KNOBS.batch
    rates = {name: statistics.median(pictures / wall for wall, _ in spent) for name, spent in took.items()}
    processor = {
        name: statistics.median(1000 * used / pictures for _, used in spent) for name, spent in took.items()
    }
    return {
        "name": "train.images_per_s",
        "value": rates["ours"],
        "unit": "img/s",
        "baseline": rates["plain"],
        "ours": rates["ours"],
        "detail": {
            "pictures_per_s": rates,
            "processor_ms_a_picture": processor,
            "device": str(device.torch_device),
            "precision": str(device.precision).removeprefix("torch."),
            "threads": torch.get_num_threads(),
            "size": KNOBS.size,
            "batch": KNOBS.batch,
            "rounds": rounds,
            "steps": steps,
            "load_average": os.getloadavg()[0],
            "starter": to_the_starter(STARTER),
        },
    }


def to_the_starter(folder: Path) -> dict[str, float]:
    """What the last run of the shipped network took, from its journal: it began with an earlier one's
    weights, so this is a part of the whole."""
    epochs = json.loads((folder / "metrics.json").read_text())
    best = max(range(len(epochs)), key=lambda place: float(epochs[place]["val_triplet_accuracy"]))
    return {
        "epochs": len(epochs),
        "hours": sum(epoch["seconds"] for epoch in epochs) / 3600,
        "best_epoch": best + 1,
        "hours_to_best": sum(epoch["seconds"] for epoch in epochs[: best + 1]) / 3600,
        "watched_accuracy": epochs[best]["val_triplet_accuracy"],
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--data", type=Path, help="what the job takes; default: drawn pictures")
    parser.add_argument("--out", type=Path, default=Path("build"))
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--steps", type=int, default=1, help="of each arm in a round")
    parser.add_argument("--pictures", type=int, default=4_000, help="of the training split, at most")
    parser.add_argument("--precision", default="auto")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        data = asked.data
        if data is None:
            data = Path(folder) / "drawn"
            drawn_dataset.write(data, per_class=500)
        knobs = prepare.Knobs(first=asked.pictures, train_triplets=10, val_triplets=10)
        packed = prepare.run(data, Path(folder) / "packed", knobs)
        entry = measure(open_source(data), packed, asked.rounds, asked.steps, asked.precision)
    merge(entry, asked.out / "bench.json")
    print(json.dumps(entry, ensure_ascii=False))


if __name__ == "__main__":
    main()
