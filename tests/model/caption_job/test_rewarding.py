"""A step that rewards whole sentences: what it must leave out of a step that teaches words."""

import numpy as np
import pytest

from caption_job import decoders
from caption_job.self_critical import advantage_weights
from caption_job.sentences import Sentences
from caption_job.teaching import Teaching
from tests.model.caption_job.test_decoders import SMALL

ARGUMENTS = SMALL | {"decoder": "merge"}


def after_a_step(dropout: float, smoothing: float) -> list[np.ndarray]:
    network = decoders.build(ARGUMENTS, dropout)
    random = np.random.default_rng(1)
    for weight in network.trainable_weights:
        weight.assign(random.normal(0, 0.3, tuple(weight.shape)).astype(np.float32))
    teaching = Teaching(network, smoothing, gradient_norm=5.0)
    teaching.drop_nothing()
    batch = Sentences.from_tokens(np.arange(2), [[5, 6, 7], [8]]).take(np.arange(2))
    features = random.normal(0, 1, (2, 12)).astype(np.float32)
    teaching.step(features, batch, 1e-2, advantage_weights(batch, np.array([1.0, -1.0])))
    return [np.asarray(weight) for weight in network.trainable_weights]


def test_a_rewarding_step_neither_smooths_nor_drops() -> None:
    for found, expected in zip(after_a_step(0.5, 0.3), after_a_step(0.0, 0.0), strict=True):
        assert found == pytest.approx(expected, abs=1e-6)
