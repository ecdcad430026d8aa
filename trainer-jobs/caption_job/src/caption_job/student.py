"""The student of a distillation: Xception with a linear reading of the teacher's features, and its
checkpoint."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors import safe_open
from safetensors.torch import save_file
from torch import Tensor, nn
from torch.nn import functional
from tqdm import tqdm

from caption_job.devices import Device
from caption_job.xception_torch import FEATURES, Xception


class Student(nn.Module):
    """(N, 3, S, S) in −1..1 to the teacher's standardised features (N, teacher_dim)."""

    def __init__(self, teacher_dim: int) -> None:
        super().__init__()
        self.xception = Xception()
        self.reading = nn.Linear(FEATURES, teacher_dim)

    def forward(self, x: Tensor) -> Tensor:
        guess: Tensor = self.reading(self.xception(x))
        return guess


@torch.no_grad()
def settle(model: Student, batches: Iterable[Tensor], device: Device) -> None:
    """Takes the statistics of batch normalisation anew: their plain mean over `batches`, with the weights of
    now.

    The running ones mix in those of weights long gone, Keras' momentum being 0.99; through forty layers that
    multiplied an early epoch's validation loss by six (precise batch normalisation, Wu & Johnson 2021).
    """
    norms = [module for module in model.modules() if isinstance(module, nn.BatchNorm2d)]
    momenta = [norm.momentum for norm in norms]
    for norm in norms:
        norm.reset_running_stats()
        norm.momentum = None  # torch's way to say: the plain mean
    model.train()
    for x in batches:
        with device.autocast():
            model(x.to(device.torch_device))
    for norm, momentum in zip(norms, momenta, strict=True):
        norm.momentum = momentum


def network_input(pictures: NDArray[np.uint8], size: int) -> Tensor:
    """(N, S, S, 3) uint8 to (N, 3, size, size) in −1..1, smoothed where it shrinks, as Pillow does."""
    x = torch.from_numpy(np.ascontiguousarray(pictures)).permute(0, 3, 1, 2).float()
    if x.shape[2:] != (size, size):
        x = functional.interpolate(x, (size, size), mode="bilinear", antialias=True, align_corners=False)
    return x / 127.5 - 1


def crop_and_flip(picture: NDArray[np.uint8], least: float, random: np.random.Generator) -> NDArray[np.uint8]:
    """A part of (S, S, 3), each side between `least` and 1 of its own, mirrored every second time."""
    side = len(picture)
    height, width = (max(1, round(side * share)) for share in random.uniform(least, 1, 2))
    top, left = random.integers(0, side - height + 1), random.integers(0, side - width + 1)
    part = picture[top : top + height, left : left + width]
    return np.ascontiguousarray(part[:, ::-1] if random.random() < 0.5 else part)


def save(path: Path, model: Student, optimiser: torch.optim.Optimizer, state: dict[str, Any]) -> None:
    """Model, AdamW's moments by parameter, and in the header whatever else the run needs; replaced
    atomically."""
    tensors = {f"model.{name}": tensor for name, tensor in model.state_dict().items()}
    for name, parameter in model.named_parameters():
        slots = optimiser.state.get(parameter, {})
        tensors |= {f"optimiser.{name}|{slot}": value for slot, value in slots.items()}
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_suffix(".tmp")
    plain = {name: tensor.detach().contiguous() for name, tensor in tensors.items()}
    save_file(plain, temporary, metadata={"state": json.dumps(state)})
    temporary.replace(path)


def resume(
    path: Path, model: Student, optimiser: torch.optim.Optimizer, state: dict[str, Any]
) -> dict[str, Any]:
    """Restores the run that `state` begins; ValueError where the checkpoint is of another one."""
    with safe_open(path, framework="pt") as opened:
        tensors = {name: opened.get_tensor(name) for name in opened.keys()}  # noqa: SIM118  not a mapping
        stored: dict[str, Any] = json.loads((opened.metadata() or {})["state"])
    if differing := [key for key in ("kind", "knobs", "data") if stored.get(key) != state[key]]:
        raise ValueError(f"{path} belongs to another run: {', '.join(differing)} differ. Give another folder")
    own = {name.removeprefix("model."): t for name, t in tensors.items() if name.startswith("model.")}
    model.load_state_dict(own)
    for name, parameter in model.named_parameters():
        prefix = f"optimiser.{name}|"
        slots = {key.removeprefix(prefix): t for key, t in tensors.items() if key.startswith(prefix)}
        optimiser.state[parameter] = {
            slot: torch.empty_like(parameter).copy_(t) if t.shape == parameter.shape else t
            for slot, t in slots.items()
        }
    tqdm.write(f"resuming in epoch {stored['epoch']} at step {stored['step']}")
    return stored
