"""The learning rate as a function of the step alone."""

import math


def learning_rate(step: int, total_steps: int, peak: float, warmup_share: float) -> float:
    """Linear warm-up over the first share of the steps, then half a cosine down to zero (Loshchilov and
    Hutter 2017)."""
    warmup_steps = max(1.0, total_steps * warmup_share)
    if step < warmup_steps:
        return peak * (step + 1) / (warmup_steps + 1)
    progress = (step - warmup_steps) / max(1.0, total_steps - warmup_steps)
    return peak * 0.5 * (1 + math.cos(math.pi * min(1.0, progress)))
