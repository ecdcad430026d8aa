"""Batches of packed pictures where the network is: from an accelerator that holds them all, else row by row.

As uint8 Tiny ImageNet is 1.4 GB: it fits beside any network here, and then a step moves row numbers instead
of pictures (3 MB for 256 of them at 64 px), with no loader and no waiting for the host.
"""

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from drml_job.devices import Device
from drml_job.packed import Packed

# Of what is free on the accelerator; the network, its gradients and a batch's activations want the rest.
_SHARE = 0.5


class Pictures:
    """The pictures of a packed collection as uint8 batches on a device.

    `resident` says whether they all lie there; by default where there is an accelerator with room for them.
    """

    def __init__(self, data: Packed, device: Device, *, resident: bool | None = None) -> None:
        self._data, self._device = data.pictures, device.torch_device
        self.resident = has_room(data.pictures.nbytes, self._device) if resident is None else resident
        # A copy of the mapped file, once: torch takes no read-only memory.
        self._all = torch.from_numpy(np.array(self._data)).to(self._device) if self.resident else None

    def __call__(self, rows: NDArray[np.int64]) -> Tensor:
        """(N, 3, S, S) uint8, of these rows of the collection."""
        if self._all is not None:
            return self._all[torch.from_numpy(rows).to(self._device)].permute(0, 3, 1, 2)
        batch = torch.from_numpy(np.asarray(self._data[rows]))  # chosen rows are a copy already
        if self._device.type != "cpu":  # from pinned memory the copy runs beside what is computed
            batch = batch.pin_memory()
        return batch.to(self._device, non_blocking=True).permute(0, 3, 1, 2)


def has_room(size: int, device: torch.device) -> bool:
    """Whether `size` bytes fit beside a training on this accelerator; never on a CPU, where the mapped file
    is as near."""
    return device.type == "cuda" and size <= _SHARE * torch.cuda.mem_get_info(device)[0]
