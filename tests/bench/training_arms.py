"""The two ways to train that are timed against each other: the DRML job's, and a plain DataLoader loop."""

import io
import os
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from PIL import Image
from torch import Tensor
from torch.utils.data import DataLoader, Dataset, Sampler

from drml_job import losses, train
from drml_job.augment import Augmentation, Normalisation, augment
from drml_job.devices import Device
from drml_job.embedding import as_batch
from drml_job.optimisers import descend, set_learning_rate, sgd
from drml_job.packed import Packed
from drml_job.triplet_model import TripletModel
from drml_service.network_arguments import NetworkArguments
from job_kit.sources import Source

Rows = np.ndarray[Any, np.dtype[np.int64]]
# The starter's recipe.
KNOBS = train.Knobs(mining="batch", loss="softplus", gap=0.0, normalise=True, triplet_weight=20.0,
                    classification_weight=1.0, crop_probability=0.9)  # fmt: skip


def per_class(data: Packed) -> int:
    """Pictures of one class in a batch: the starter's four, more where a batch takes more classes than there
    are."""
    shares = range(KNOBS.per_class, KNOBS.batch + 1)
    return next(k for k in shares if KNOBS.batch % k == 0 and KNOBS.batch // k <= len(data.index.classes))


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


class Given(Sampler[list[int]]):
    """The batches that it was given last; so one loader, and its workers, serve round after round."""

    def __init__(self) -> None:
        self.batches: Sequence[Rows] = ()

    def __iter__(self) -> Iterator[list[int]]:
        return iter([rows.tolist() for rows in self.batches])

    def __len__(self) -> int:
        return len(self.batches)


class PlainLoop:
    """The same pictures through torch's loader."""

    def __init__(self, files: Files, device: Device, workers: int | None = None) -> None:
        """`workers`: None is as many as a GPU deserves, none on the CPU."""
        on_gpu = device.torch_device.type == "cuda"
        if workers is None:
            workers = (os.cpu_count() or 1) if on_gpu else 0
        self._device, self._given, self.workers = device, Given(), workers
        self._loader = DataLoader(
            files,
            batch_sampler=self._given,
            num_workers=workers,
            pin_memory=on_gpu,
            persistent_workers=workers > 0,
        )

    def of(self, batches: Sequence[Rows]) -> Iterator[tuple[Tensor, Tensor]]:
        """Pictures and labels of each batch, on the device."""
        self._given.batches = batches
        for x, labels in self._loader:
            yield x.to(self._device.torch_device, non_blocking=True), labels


def timed(arm: Arm | None, made: Iterator[tuple[Tensor, Tensor]]) -> tuple[float, float]:
    """Seconds and processor seconds to take every batch, and to learn from it where an arm is given."""
    wall, processor = time.perf_counter(), time.process_time()
    for x, labels in made:
        if arm is not None:
            arm.learn(x, labels)
    return time.perf_counter() - wall, time.process_time() - processor
