"""Pictures with a teacher's features, to distil from."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from caption_job import feature_files, pictures, prepared


@dataclass(frozen=True)
class Taught:
    """Stored pictures (N, S, S, 3) and features of the same rows; `train` and `val` are row numbers."""

    pictures: NDArray[np.uint8]
    features: feature_files.Features
    train: NDArray[np.int64]
    val: NDArray[np.int64]


def open_taught(directory: Path, features_folder: Path) -> Taught:
    """ValueError where the features are of other pictures, or the pictures are not stored in `directory`."""
    data, features = prepared.load(directory), feature_files.load(features_folder)
    if features.data != data.fingerprint:
        raise ValueError(f"{features_folder} holds features of other pictures than {directory}")
    stored = pictures.kept(directory, data.fingerprint, features.stored_size or features.encoder.size)
    if stored is None:
        raise ValueError(f"{directory} holds no stored pictures, all of them: run caption_job.features")
    return Taught(stored, features, data.rows("train"), data.rows("val"))


def standardisation(taught: Sequence[Taught]) -> tuple[torch.Tensor, torch.Tensor]:
    """Mean and deviation of each of the teacher's features over the first source's training rows. ValueError
    where the sources have different teachers."""
    teachers = {(source.features.encoder, str(source.features.history)) for source in taught}
    if len(teachers) > 1:
        raise ValueError("the features come from different teachers")
    rows = np.asarray(taught[0].features.pooled[taught[0].train], np.float64)
    # A feature that never varies tells nothing, and must not be blown up.
    std = np.maximum(rows.std(axis=0), 1e-6)
    return torch.from_numpy(rows.mean(axis=0)).float(), torch.from_numpy(std).float()
