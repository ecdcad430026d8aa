"""PyTorch's Xception carried into Keras' network, and held against it."""

import copy
from pathlib import Path

import keras
import numpy as np
import torch

from caption_job.features import worst_cosine_distance
from caption_job.xception_torch import Xception, keras_arrays
from caption_service import keras_weights
from caption_service.encoder_arguments import EncoderArguments
from caption_service.network import build_encoder

AGREEMENT = 1e-4  # cosine distance; other orders of summation give 1e-6, a wrong padding 1e-2


def carried(network: Xception, size: int) -> keras.Model:
    """Keras' Xception with the same weights. KeyError or ValueError where names or shapes do not fit."""
    model = build_encoder(EncoderArguments("xception", size))
    arrays = keras_arrays(network)
    variables = keras_weights.named_weights(model)
    if differing := arrays.keys() ^ variables.keys():
        raise KeyError(f"the two networks differ in {sorted(differing)[:4]}")
    for name, variable in variables.items():
        variable.assign(arrays[name].numpy())
    return model


def write_encoder(network: Xception, size: int, path: Path) -> float:
    """Writes the Keras weights; returns the worst cosine distance between the two networks' features.

    ArithmeticError where it is above AGREEMENT.
    """
    # On the CPU, whatever it was trained on: there both compute in float32.
    network = copy.deepcopy(network).cpu().eval()
    model = carried(network, size)
    x = np.random.default_rng(0).uniform(-1, 1, (4, size, size, 3)).astype(np.float32)
    with torch.inference_mode():
        ours = network(torch.from_numpy(x).permute(0, 3, 1, 2)).numpy()
    distance = worst_cosine_distance(ours, np.asarray(model.predict_on_batch(x)))
    if not distance <= AGREEMENT:
        raise ArithmeticError(f"PyTorch's and Keras' features are {distance:.2g} apart in cosine distance")
    keras_weights.save(model, path, "float32")
    return distance
