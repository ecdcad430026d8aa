"""How far a run is: its epoch, step, loss and time, saved with the weights as it goes."""

import time
from pathlib import Path
from typing import Any

import torch
from torch import nn

from drml_job import checkpoints

SAVE_SECONDS = 120.0  # a killed run loses two minutes; writing takes 0.3 s


class Progress:
    """Counts the steps of an epoch, and writes the checkpoint every `save_seconds` and whenever asked.

    Of several processes only the first is active; the others' count too, but write nothing. `state` is what
    the checkpoint says of the run; it is changed in place.
    """

    def __init__(
        self,
        path: Path,
        model: nn.Module,
        optimiser: torch.optim.Optimizer,
        state: dict[str, Any],
        save_seconds: float,
        *,
        active: bool = True,
    ) -> None:
        self._path, self._model, self._optimiser = path, model, optimiser
        self.state = state
        self._save_seconds, self._active = save_seconds, active
        self._resumed_at = self._saved_at = time.monotonic()
        self._seconds_before = float(state["seconds"])

    @property
    def epoch(self) -> int:
        """Finished epochs, and so the number of the one that runs."""
        return int(self.state["epoch"])

    @property
    def step(self) -> int:
        """Finished steps of this epoch."""
        return int(self.state["step"])

    @property
    def mean_loss(self) -> float:
        """Over the finished steps of this epoch."""
        return float(self.state["loss_sum"]) / max(1, self.step)

    @property
    def seconds(self) -> float:
        """That this epoch has taken, over all the sittings it took."""
        return self._seconds_before + time.monotonic() - self._resumed_at

    def step_done(self, loss: float) -> None:
        self.state |= {"step": self.step + 1, "loss_sum": self.state["loss_sum"] + loss}
        if time.monotonic() - self._saved_at > self._save_seconds:
            self.state["seconds"] = self.seconds
            self.save()

    def epoch_done(self) -> None:
        """The next epoch begins now; `save` is the caller's, once this one's figures are written."""
        self.state |= {"epoch": self.epoch + 1, "step": 0, "loss_sum": 0.0, "seconds": 0.0}
        self._resumed_at, self._seconds_before = time.monotonic(), 0.0

    def save(self) -> None:
        self._saved_at = time.monotonic()
        if self._active:
            checkpoints.save(self._path, self._model, self._optimiser, self.state)
