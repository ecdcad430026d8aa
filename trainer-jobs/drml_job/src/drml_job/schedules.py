"""Schedules as functions of the step alone: picture sizes over epochs, the learning rate over steps."""

import math


def parse_sizes(text: str) -> list[int]:
    """`48:9,64:5` to the picture size of each epoch: nine times 48, five times 64. ValueError on anything
    else."""
    sizes: list[int] = []
    for part in text.split(","):
        size, separator, epochs = part.partition(":")
        if not separator or int(size) < 1 or int(epochs) < 1:
            raise ValueError(f"expected SIZE:EPOCHS[,SIZE:EPOCHS...], not {text!r}")
        sizes += [int(size)] * int(epochs)
    return sizes


def learning_rate(step: int, total_steps: int, peak: float, warmup_share: float) -> float:
    """Linear warm-up over the first share of the steps, then half a cosine down to zero (Loshchilov and
    Hutter 2017)."""
    warmup_steps = max(1.0, total_steps * warmup_share)
    if step < warmup_steps:
        return peak * (step + 1) / (warmup_steps + 1)
    progress = (step - warmup_steps) / max(1.0, total_steps - warmup_steps)
    return peak * 0.5 * (1 + math.cos(math.pi * min(1.0, progress)))
