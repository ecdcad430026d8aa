"""The device a job runs on: which one, in what precision, with how many threads."""

import os
from contextlib import AbstractContextManager
from dataclasses import dataclass

import torch
import torch.distributed as dist
from torch import nn
from torch.nn.utils.memory_format import convert_conv2d_weight_memory_format


@dataclass(frozen=True)
class Device:
    """`precision` is what matrix products run in; weights and sums stay float32."""

    torch_device: torch.device
    precision: torch.dtype

    def autocast(self) -> AbstractContextManager[None]:
        enabled = self.precision is not torch.float32
        return torch.autocast(self.torch_device.type, dtype=self.precision, enabled=enabled)

    @property
    def needs_gradient_scaling(self) -> bool:
        """float16 gradients underflow unscaled; bfloat16 has float32's range."""
        return self.precision is torch.float16


# What the services compute on.
CPU = Device(torch.device("cpu"), torch.float32)


def choose(precision: str = "auto", processes: int = 1) -> Device:
    """The GPU of this process where there is one, else its share of the CPU's cores.

    `auto` is bfloat16 where the hardware has it, else float16 on a GPU and float32 on a CPU. ValueError on an
    unknown precision.
    """
    torch.set_num_threads(max(1, len(os.sched_getaffinity(0)) // processes))
    on_gpu = torch.cuda.is_available()
    device = (
        torch.device("cuda", dist.get_node_local_rank(fallback_rank=0)) if on_gpu else torch.device("cpu")
    )
    named = {"float32": torch.float32, "bfloat16": torch.bfloat16, "float16": torch.float16}
    # torch lets cuDNN round float32 convolutions to TF32's ten bits unless told otherwise.
    torch.backends.cudnn.allow_tf32 = precision != "float32"
    if precision == "auto":
        return Device(device, _best_precision(on_gpu))
    if precision not in named:
        raise ValueError(f"unknown precision {precision!r}, expected auto or one of {', '.join(named)}")
    return Device(device, named[precision])


def _best_precision(on_gpu: bool) -> torch.dtype:
    if on_gpu:
        return torch.bfloat16 if torch.cuda.is_bf16_supported() else torch.float16
    # oneDNN emulates bfloat16 on CPUs without AVX-512, several times slower than float32.
    capability = torch.backends.cpu.get_cpu_capability()
    return torch.bfloat16 if capability.startswith("AVX512") else torch.float32


def to_channels_last(module: nn.Module) -> None:
    """Convolution weights in the order that CPU and tensor-core kernels read fastest."""
    convert_conv2d_weight_memory_format(module, torch.channels_last)
