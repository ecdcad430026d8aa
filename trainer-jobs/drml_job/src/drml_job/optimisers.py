"""The optimiser both training steps use."""

from collections.abc import Iterable

import torch
from torch import Tensor, nn


def sgd(parameters: Iterable[nn.Parameter], momentum: float, weight_decay: float) -> torch.optim.SGD:
    """SGD with Nesterov momentum; the L2 coefficient acts on weights only, as norms and biases have no scale
    to shrink. The learning rate is set before every step."""
    listed = list(parameters)
    groups = [
        {"params": [p for p in listed if p.ndim > 1], "weight_decay": weight_decay},
        {"params": [p for p in listed if p.ndim <= 1], "weight_decay": 0.0},
    ]
    return torch.optim.SGD(groups, lr=0.0, momentum=momentum, nesterov=True)


def set_learning_rate(optimiser: torch.optim.Optimizer, rate: float) -> None:
    for group in optimiser.param_groups:
        group["lr"] = rate


def descend(optimiser: torch.optim.Optimizer, scaler: torch.amp.GradScaler, loss: Tensor) -> None:
    """One step down the gradient of `loss`, scaled where float16 would lose it."""
    optimiser.zero_grad(set_to_none=True)
    scaler.scale(loss).backward()
    scaler.step(optimiser)
    scaler.update()
