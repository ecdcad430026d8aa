"""Distilling: Xception learns to give what a teacher's features say, where no published weights can be had.

    loss = mean over the teacher's features of (standardised feature − W Xception(x) − b)²

    python -m caption_job.distil --taught PREP FEAT [--taught PREP FEAT ...] --run-dir RUN [--size 128] ...

FEAT holds the teacher's features of PREP's pictures (caption_job.features); several pairs add up. Only
training rows are learned; the validation rows of the first pair are measured after every epoch. A GPU that
PyTorch can use is used. RUN/checkpoint.safetensors is written every two minutes and the same command goes on
where it stopped. Every epoch leaves RUN/encoder.safetensors, Keras' Xception with the weights, for `features
--encoder xception --size 128 --weights`.
"""

import argparse
import json
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch.nn import functional
from tqdm import tqdm

from caption_job import devices, student
from caption_job.encoder_weights import HISTORY
from caption_job.taught import Taught, open_taught, standardisation
from caption_job.xception_keras import write_encoder
from caption_service.artifact_files import ENCODER
from job_kit import curves
from job_kit.command_line import add_knobs, knobs_from
from job_kit.journal import Journal
from job_kit.schedules import learning_rate


@dataclass(frozen=True)
class Knobs:
    """Everything that shapes the result; stored in the checkpoint, and a resumed run must agree with it."""

    size: int = 128  # px that the student sees, and is served with: 44 pictures/s of bf16 on two cores
    epochs: int = 10
    batch: int = 64
    peak_learning_rate: float = 2e-3  # AdamW
    warmup_share: float = 0.05
    weight_decay: float = 0.02
    least_crop: float = 0.85  # a crop keeps at least this share of each side: the teacher saw the whole
    epoch_pictures: int = 0  # drawn anew for each epoch; 0 = all
    precision: str = "auto"  # bfloat16 where the hardware has it, else float32
    seed: int = 1


CHECKPOINT_SECONDS = 120.0
SETTLING_BATCHES = 32  # of training pictures, before the network is measured and kept
CURVES = {
    "squared error": {"train_loss": "training", "val_loss": "validation"},
    "explained variance": {"val_explained": "validation"},
}


def run(  # noqa: PLR0915  a training script reads top to bottom
    taught: Sequence[Taught],
    directory: Path,
    knobs: Knobs,
    *,
    checkpoint_seconds: float = CHECKPOINT_SECONDS,
    stop_after_steps: int = 0,
) -> Path:
    """Trains to the end, or on from the checkpoint; returns the path of the Keras weights.

    `stop_after_steps` ends this call at its first checkpoint after so many steps; 0 goes on.
    """
    torch.manual_seed(knobs.seed)
    device = devices.choose(knobs.precision)
    place = device.torch_device
    model = student.Student(taught[0].features.encoder.feature_dim).to(place)
    model.to(memory_format=torch.channels_last)  # type: ignore[call-overload]  # torch's stubs lack this form
    optimiser = torch.optim.AdamW(
        model.parameters(), lr=knobs.peak_learning_rate, weight_decay=knobs.weight_decay
    )
    mean, std = (numbers.to(place) for numbers in standardisation(taught))
    state: dict[str, Any] = {
        "kind": "distil",
        "knobs": asdict(knobs),
        "data": [source.features.data for source in taught],
        "epoch": 0,
        "step": 0,
        "loss_sum": 0.0,
    }
    path = directory / "checkpoint.safetensors"
    if path.exists():
        state = student.resume(path, model, optimiser, state)
    everything = np.concatenate(
        [np.stack([np.full(len(s.train), i), s.train], axis=1) for i, s in enumerate(taught)]
    )
    count = min(knobs.epoch_pictures or len(everything), len(everything))
    steps = count // knobs.batch
    if not steps:
        raise ValueError(f"{count} pictures do not fill a batch of {knobs.batch}")
    with Journal(directory, state["epoch"]) as journal:
        for epoch in range(state["epoch"], knobs.epochs):
            order = np.random.default_rng([knobs.seed, epoch]).permutation(everything)[:count]
            saved = started = time.monotonic()
            model.train()
            begun = state["step"]
            bar = tqdm(range(begun, steps), f"distil {epoch}", steps, initial=begun, mininterval=5)
            for step in bar:
                position = epoch * steps + step
                chosen = order[step * knobs.batch : (step + 1) * knobs.batch]
                random = np.random.default_rng([knobs.seed, 1, position])
                x, y = _batch(taught, chosen, knobs, random)
                rate = learning_rate(
                    position, steps * knobs.epochs, knobs.peak_learning_rate, knobs.warmup_share
                )
                optimiser.param_groups[0]["lr"] = rate
                with device.autocast():
                    guess = model(x.to(place))
                loss = functional.mse_loss(guess.float(), (torch.from_numpy(y).to(place) - mean) / std)
                optimiser.zero_grad(set_to_none=True)
                loss.backward()
                optimiser.step()
                state["loss_sum"] += float(loss.detach())
                bar.set_postfix(loss=f"{state['loss_sum'] / (step + 1):.4f}", refresh=False)
                if time.monotonic() - saved > checkpoint_seconds:
                    saved = time.monotonic()
                    state["step"] = step + 1
                    student.save(path, model, optimiser, state)
                    if stop_after_steps and step + 1 - begun >= stop_after_steps:
                        return directory / ENCODER
            train_loss = state["loss_sum"] / steps
            if not np.isfinite(train_loss):
                raise FloatingPointError(f"loss {train_loss} in epoch {epoch}: lower the learning rate")
            state |= {"epoch": epoch + 1, "step": 0, "loss_sum": 0.0}
            student.settle(model, _settling(taught, everything, knobs, epoch), device)
            figures = {"train_loss": train_loss, "seconds": time.monotonic() - started}
            if len(taught[0].val):
                val_loss = measure(model, taught[0], (mean, std), knobs, device)
                figures |= {"val_loss": val_loss, "val_explained": 1 - val_loss}
            journal.write(epoch, figures)
            student.save(path, model, optimiser, state)
            drift = write_encoder(model.xception, knobs.size, directory / ENCODER)
            _write_history(taught, knobs, directory, figures | {"torch_keras_distance": drift})
            curves.draw(directory / "metrics.jsonl", directory / "curves.png", CURVES)
    return directory / ENCODER


@torch.inference_mode()
def measure(
    model: student.Student,
    source: Taught,
    scale: tuple[torch.Tensor, torch.Tensor],
    knobs: Knobs,
    device: devices.Device,
) -> float:
    """The loss over the validation pictures, whole and upright."""
    model.eval()
    mean, std = scale
    total = 0.0
    for start in range(0, len(source.val), knobs.batch):
        rows = source.val[start : start + knobs.batch]
        x = student.network_input(source.pictures[rows], knobs.size)
        with device.autocast():
            guess = model(x.to(device.torch_device))
        features = torch.from_numpy(np.asarray(source.features.pooled[rows], np.float32))
        target = (features.to(device.torch_device) - mean) / std
        total += float(functional.mse_loss(guess.float(), target)) * len(rows)
    return total / len(source.val)


def _batch(
    taught: Sequence[Taught], chosen: NDArray[np.int64], knobs: Knobs, random: np.random.Generator
) -> tuple[torch.Tensor, NDArray[np.float32]]:
    """Augmented pictures and the teacher's features of (source, row) pairs."""
    x = torch.cat(
        [
            student.network_input(
                student.crop_and_flip(taught[s].pictures[row], knobs.least_crop, random)[None], knobs.size
            )
            for s, row in chosen
        ]
    )
    y = np.stack([taught[s].features.pooled[row] for s, row in chosen]).astype(np.float32)
    return x.contiguous(memory_format=torch.channels_last), y


def _settling(
    taught: Sequence[Taught], everything: NDArray[np.int64], knobs: Knobs, epoch: int
) -> Iterator[torch.Tensor]:
    """Pictures as training shows them, each at most once."""
    random = np.random.default_rng([knobs.seed, 2, epoch])
    order = random.permutation(everything)[: SETTLING_BATCHES * knobs.batch]
    for start in range(0, len(order) - knobs.batch + 1, knobs.batch):
        yield _batch(taught, order[start : start + knobs.batch], knobs, random)[0]


def _write_history(
    taught: Sequence[Taught], knobs: Knobs, directory: Path, figures: dict[str, float]
) -> None:
    """How the weights were made, for the model card of whatever is built on them."""
    teacher = taught[0].features
    told = {
        "kind": "distilled",
        "teacher": teacher.history,
        "teacher_encoder": teacher.encoder.name,
        "pictures": sum(len(source.train) for source in taught),
        "knobs": asdict(knobs),
        "figures": figures,
    }
    (directory / HISTORY).write_text(json.dumps(told, indent=1) + "\n")


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--taught", type=Path, nargs=2, action="append", required=True, metavar=("PREP", "FEAT")
    )
    parser.add_argument("--run-dir", type=Path, required=True)
    add_knobs(parser, Knobs())
    values = parser.parse_args()
    taught = [open_taught(prep, feat) for prep, feat in values.taught]
    print(run(taught, values.run_dir, knobs_from(values, Knobs())))


if __name__ == "__main__":
    main()
