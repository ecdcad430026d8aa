"""Loss and accuracy on fixed triplets, after every epoch."""

import numpy as np
import torch

from drml_job import losses, metrics
from drml_job.embedding import Presentation, embed_rows
from drml_job.packed import Packed
from drml_job.triplets import Rows
from drml_service.network import EmbeddingNetwork

# What curves.png shows: a panel to its series.
CURVES = {
    "triplet loss": {"train_loss": "training", "val_loss": "validation"},
    "triplet accuracy": {"train_triplet_accuracy": "training", "val_triplet_accuracy": "validation"},
}


def triplet_figures(
    network: EmbeddingNetwork,
    data: Packed,
    triplets: Rows,
    shown: Presentation,
    loss: losses.TripletLoss,
) -> tuple[float, float]:
    """(mean loss, triplet accuracy) over all given triplets (n, 3), of whole unaugmented pictures."""
    rows, places = np.unique(triplets, return_inverse=True)
    query, positive, negative = places.reshape(-1, 3).T
    e = embed_rows(network, data, rows, shown)
    near = metrics.pair_distances(e, query, positive)
    far = metrics.pair_distances(e, query, negative)
    each = loss.each(torch.from_numpy(near), torch.from_numpy(far))
    return float(each.mean()), metrics.triplet_accuracy(near, far)
