"""The processes of one training run: alone, or several under torchrun, one for each GPU (or share of a
CPU)."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta

import torch
import torch.distributed as dist
from torch import nn
from torch.nn.parallel import DistributedDataParallel


@dataclass(frozen=True)
class Workers:
    """This process among `count` equal ones; the first one writes the files."""

    rank: int
    count: int

    @property
    def is_first(self) -> bool:
        return self.rank == 0

    def wrap(self, model: nn.Module) -> nn.Module:
        """The model with gradients averaged over the processes; alone, the model itself."""
        return DistributedDataParallel(model) if self.count > 1 else model

    def mean(self, value: float, device: torch.device) -> float:
        """Over the processes."""
        if self.count == 1:
            return value
        total = torch.tensor(value, dtype=torch.float64, device=device)
        dist.all_reduce(total)
        return float(total) / self.count

    def wait(self) -> None:
        """Until all processes have come here: nobody reads a file that the first is still writing."""
        if self.count > 1:
            dist.barrier()


@contextmanager
def joined() -> Iterator[Workers]:
    """Joins the group that torchrun announces, leaves it at the end."""
    if not dist.is_torchelastic_launched():
        yield Workers(rank=0, count=1)
        return
    # The others wait while the first one prepares or evaluates.
    dist.init_process_group("nccl" if torch.cuda.is_available() else "gloo", timeout=timedelta(hours=12))
    try:
        yield Workers(dist.get_rank(), dist.get_world_size())
    finally:
        dist.destroy_process_group()
