"""Which pictures form the batches of an epoch: functions of the seed and the epoch alone."""

import numpy as np
from numpy.typing import NDArray

from drml_job.triplets import Rows


def epoch_of_triplets(triplets: Rows, epoch: int, per_epoch: int, seed: int) -> Rows:
    """The (per_epoch, 3) triplets of one epoch: the file shuffled once per pass, read on from epoch to epoch.

    Successive epochs share no triplet before the whole file has been used.
    """
    start = epoch * per_epoch
    positions = np.arange(start, start + per_epoch)
    passes = positions // len(triplets)
    chosen = np.empty(per_epoch, dtype=np.int64)
    for number in np.unique(passes):
        order = np.random.default_rng([seed, int(number)]).permutation(len(triplets))
        mask = passes == number
        chosen[mask] = order[positions[mask] % len(triplets)]
    return triplets[chosen]


def epoch_of_class_batches(
    labels: NDArray[np.int64],
    rows: Rows,
    *,
    classes_per_batch: int,
    per_class: int,
    batches: int,
    random: np.random.Generator,
) -> Rows:
    """(batches, P*K) rows: each batch P distinct classes, K distinct pictures of each (Schroff et al. 2015).

    Classes with fewer than K pictures are never drawn; ValueError where fewer than P remain.
    """
    members = {int(label): rows[labels[rows] == label] for label in np.unique(labels[rows])}
    eligible = [label for label, own in members.items() if len(own) >= per_class]
    if len(eligible) < classes_per_batch:
        raise ValueError(
            f"{len(eligible)} classes have {per_class} pictures, a batch takes {classes_per_batch}"
        )
    result = np.empty((batches, classes_per_batch, per_class), dtype=np.int64)
    for batch in range(batches):
        for slot, label in enumerate(random.choice(eligible, classes_per_batch, replace=False)):
            result[batch, slot] = random.choice(members[int(label)], per_class, replace=False)
    return result.reshape(batches, -1)
