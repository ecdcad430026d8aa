"""Pretraining: the trunk learns to tell the classes apart, for sites that reach no ImageNet weights.

Classification on the labelled pictures at hand, on small pictures first and on their full size for the last epochs
(Howard 2018, progressive resizing). Triplet training starts from what comes out.

    python -m drml_job.pretrain --packed PACKED --run RUN [--sizes 48:9,64:5]

RUN/checkpoint.safetensors is written every epoch and every two minutes; the same command goes on where it stopped.
"""

import argparse
import time
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from drml_service.network import EmbeddingNetwork, NetworkArguments
from torch import Tensor, nn
from torch.nn import functional as F
from tqdm import tqdm

from drml_job import checkpoints, devices, packed
from drml_job.augment import Augmentation, Normalisation, augment, resize
from drml_job.journal import Journal
from drml_job.schedules import learning_rate, parse_sizes


@dataclass(frozen=True)
class Knobs:
    """Everything that shapes the result; stored in the checkpoint, and a resumed run must agree with it."""

    sizes: str = "48:9,64:5"  # size:epochs; 48 px costs 0.65 of 64 px, and crops at 48 show objects as 64 px wholes do
    batch: int = 256  # the largest that two cores still fill their caches with; smaller ones cost more per picture
    peak_learning_rate: float = 0.4  # 0.1 per 64 pictures, the usual linear rule for ResNets with batch norm
    warmup_share: float = 0.1  # of all steps; without it the first steps at 0.4 diverge
    momentum: float = 0.9
    weight_decay: float = 5e-4  # on weights only: norms and biases have no scale to shrink
    label_smoothing: float = 0.1  # keeps classes at finite distances, which helps ranking as well as accuracy
    crop_probability: float = 1.0
    flip_probability: float = 0.5
    architecture: str = "single"
    precision: str = "auto"
    seed: int = 1


CHECKPOINT_SECONDS = 120.0  # a killed run loses two minutes; writing takes 0.3 s
EVALUATION_BATCH = 500


class Classifier(nn.Module):
    """The embedding network's features under a linear head; its embedding layer is left untrained."""

    def __init__(self, network: EmbeddingNetwork, classes: int) -> None:
        super().__init__()
        self.network = network
        self.head = nn.Linear(network.arguments.feature_dim, classes)

    def forward(self, x: Tensor) -> Tensor:
        logits: Tensor = self.head(self.network.features(x))
        return logits


def build_optimiser(model: nn.Module, knobs: Knobs) -> torch.optim.SGD:
    trained = [p for name, p in model.named_parameters() if not name.startswith("network.embedding.")]
    groups = [
        {"params": [p for p in trained if p.ndim > 1], "weight_decay": knobs.weight_decay},
        {"params": [p for p in trained if p.ndim <= 1], "weight_decay": 0.0},
    ]
    return torch.optim.SGD(groups, lr=0.0, momentum=knobs.momentum, nesterov=True)


def run(data: packed.Packed, directory: Path, knobs: Knobs) -> Path:
    """Trains to the end, or on from the checkpoint; returns the checkpoint's path."""
    device = devices.choose(knobs.precision)
    torch.manual_seed(knobs.seed)
    arguments = NetworkArguments(architecture=knobs.architecture)  # type: ignore[arg-type]  # checked by the class
    model = Classifier(EmbeddingNetwork(arguments), len(data.index.classes))
    model = model.to(device.torch_device, memory_format=torch.channels_last)  # type: ignore[call-overload]
    optimiser = build_optimiser(model, knobs)
    scaler = torch.amp.GradScaler(device.torch_device.type, enabled=device.needs_gradient_scaling)

    sizes = parse_sizes(knobs.sizes)
    rows = data.rows("train")
    steps_per_epoch = len(rows) // knobs.batch
    total_steps = steps_per_epoch * len(sizes)
    state: dict[str, Any] = {"kind": "pretrain", "knobs": asdict(knobs), "data": data.index.fingerprint,
                             "epoch": 0, "step": 0, "loss_sum": 0.0, "seconds": 0.0}  # fmt: skip
    path = directory / "checkpoint.safetensors"
    if path.exists():
        restored = checkpoints.restore(path, model, optimiser)
        differing = [key for key in ("kind", "knobs", "data") if restored[key] != state[key]]
        if differing:
            raise ValueError(f"{path} belongs to another run: {', '.join(differing)} differ")
        state = restored
        tqdm.write(f"resuming in epoch {state['epoch']} at step {state['step']} of {steps_per_epoch}")

    normalise = Normalisation(tuple(data.index.mean), tuple(data.index.std))  # type: ignore[arg-type]
    augmentation = Augmentation(knobs.crop_probability, knobs.flip_probability)
    labels = torch.from_numpy(data.labels)
    with Journal(directory, state["epoch"]) as journal:
        for epoch in range(state["epoch"], len(sizes)):
            order = np.random.default_rng([knobs.seed, epoch]).permutation(rows)
            first_step = state["step"]
            started, seconds_before = time.monotonic(), state["seconds"]
            saved = started
            model.train()
            bar = tqdm(range(first_step, steps_per_epoch), initial=first_step, total=steps_per_epoch,
                       desc=f"pretrain {epoch} at {sizes[epoch]} px", mininterval=5)  # fmt: skip
            for step in bar:
                batch = np.sort(order[step * knobs.batch : (step + 1) * knobs.batch])
                position = epoch * steps_per_epoch + step
                generator = torch.Generator().manual_seed(knobs.seed * 1_000_003 + position)
                pictures = as_batch(data.pictures[batch], device)
                x = augment(pictures, sizes[epoch], augmentation, normalise, generator)
                rate = learning_rate(position, total_steps, knobs.peak_learning_rate, knobs.warmup_share)
                for group in optimiser.param_groups:
                    group["lr"] = rate
                with device.autocast():
                    logits = model(x.contiguous(memory_format=torch.channels_last))
                target = labels[torch.from_numpy(batch)].to(device.torch_device)
                loss = F.cross_entropy(logits.float(), target, label_smoothing=knobs.label_smoothing)
                optimiser.zero_grad(set_to_none=True)
                scaler.scale(loss).backward()
                scaler.step(optimiser)
                scaler.update()
                state["loss_sum"] += float(loss.detach())
                bar.set_postfix(loss=f"{state['loss_sum'] / (step + 1):.3f}", refresh=False)
                if time.monotonic() - saved > CHECKPOINT_SECONDS:
                    saved = time.monotonic()
                    state |= {"step": step + 1, "seconds": seconds_before + saved - started}
                    checkpoints.save(path, model, optimiser, state)
            loss_mean = state["loss_sum"] / steps_per_epoch
            if not np.isfinite(loss_mean):
                raise FloatingPointError(f"loss {loss_mean} in epoch {epoch}: lower the learning rate")
            seconds = seconds_before + time.monotonic() - started
            accuracy = top1(model, data, data.rows("val"), sizes[-1], normalise, device)
            journal.write(epoch, {"train_loss": loss_mean, "val_top1": accuracy, "size": sizes[epoch],
                                  "learning_rate": rate, "seconds": seconds})  # fmt: skip
            state |= {"epoch": epoch + 1, "step": 0, "loss_sum": 0.0, "seconds": 0.0}
            checkpoints.save(path, model, optimiser, state)
    return path


def as_batch(pictures: np.ndarray[Any, np.dtype[np.uint8]], device: devices.Device) -> Tensor:
    """Packed rows (N, S, S, 3) to a tensor (N, 3, S, S) on the device."""
    return torch.from_numpy(np.ascontiguousarray(pictures)).to(device.torch_device).permute(0, 3, 1, 2)


@torch.inference_mode()
def top1(
    model: nn.Module, data: packed.Packed, rows: Any, size: int, normalise: Normalisation, device: devices.Device
) -> float:
    """Share of whole, unaugmented pictures whose most likely class is theirs; nan for no pictures."""
    model.eval()
    correct = 0
    for start in range(0, len(rows), EVALUATION_BATCH):
        chosen = rows[start : start + EVALUATION_BATCH]
        x = resize(as_batch(data.pictures[chosen], device), size, normalise)
        with device.autocast():
            logits = model(x.contiguous(memory_format=torch.channels_last))
        correct += int((logits.argmax(1).cpu().numpy() == data.labels[chosen]).sum())
    return correct / len(rows) if len(rows) else float("nan")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--packed", type=Path, required=True, help="folder written by prepare")
    parser.add_argument("--run", type=Path, required=True, help="folder of this run: checkpoint, metrics, TensorBoard")
    for name, default in asdict(Knobs()).items():
        parser.add_argument(f"--{name.replace('_', '-')}", type=type(default), default=default)
    values = vars(parser.parse_args())
    data = packed.load(values.pop("packed"))
    directory = values.pop("run")
    run(data, directory, replace(Knobs(), **values))


if __name__ == "__main__":
    main()
