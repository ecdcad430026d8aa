"""Which pictures stand in which training step, and which of those are one process's."""

from dataclasses import dataclass

import numpy as np

from drml_job import distributed, packed, samplers
from drml_job.triplets import Rows


@dataclass(frozen=True)
class Batches:
    """`mining` file: whole triplets of a list, three equal parts a step; batch: `per_class` pictures of each
    of its classes. `batch` counts the pictures of one step."""

    mining: str
    batch: int
    per_class: int
    epoch_pictures: int
    seed: int

    @property
    def steps(self) -> int:
        """Of one epoch."""
        return max(1, self.epoch_pictures // self.batch)

    def of_epoch(self, data: packed.Packed, file: Rows, epoch: int) -> Rows:
        """(steps, batch) rows. From a file: queries, then positives, then negatives of a batch's triplets."""
        if self.mining == "file":
            chosen = samplers.epoch_of_triplets(file, epoch, self.steps * (self.batch // 3), self.seed)
            return chosen.reshape(self.steps, -1, 3).transpose(0, 2, 1).reshape(self.steps, -1)
        return samplers.epoch_of_class_batches(
            data.labels,
            data.rows("train"),
            classes_per_batch=self.batch // self.per_class,
            per_class=self.per_class,
            batches=self.steps,
            random=np.random.default_rng([self.seed, epoch]),
        )

    def own_share(self, batch: Rows, workers: distributed.Workers) -> Rows:
        """This process's part of a batch (batch,), in whole triplets or whole classes."""
        parts = batch.reshape(3, -1) if self.mining == "file" else batch.reshape(-1, self.per_class).T
        return parts[:, workers.rank :: workers.count].reshape(-1)
