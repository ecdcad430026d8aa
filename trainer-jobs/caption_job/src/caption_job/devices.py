"""The device that PyTorch trains on: which one, in what precision."""

from contextlib import AbstractContextManager
from dataclasses import dataclass

import torch


@dataclass(frozen=True)
class Device:
    """`precision` is what matrix products run in; weights and sums stay float32."""

    torch_device: torch.device
    precision: torch.dtype

    def autocast(self) -> AbstractContextManager[None]:
        enabled = self.precision is not torch.float32
        return torch.autocast(self.torch_device.type, dtype=self.precision, enabled=enabled)


def choose(precision: str = "auto") -> Device:
    """The GPU where there is one that PyTorch can use, else the CPU.

    `auto` is bfloat16 where the hardware multiplies in it (emulation is slower than float32), else float32.
    ValueError on an unknown precision.
    """
    on_gpu = torch.cuda.is_available()
    device = torch.device("cuda" if on_gpu else "cpu")
    named = {"float32": torch.float32, "bfloat16": torch.bfloat16}
    if precision == "auto":
        return Device(device, torch.bfloat16 if _multiplies_in_bfloat16(on_gpu) else torch.float32)
    if precision not in named:
        raise ValueError(f"precision is auto, {' or '.join(named)}, not {precision!r}")
    return Device(device, named[precision])


def _multiplies_in_bfloat16(on_gpu: bool) -> bool:
    if on_gpu:
        return bool(torch.cuda.is_bf16_supported(including_emulation=False))
    return torch.backends.cpu.get_cpu_capability().startswith("AVX512")
