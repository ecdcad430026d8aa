"""Published weights in the job's encoder: it computes what Keras's own does. No download."""

import importlib
from pathlib import Path

import keras
import numpy as np
import pytest
from keras.src.utils import file_utils

from caption_job import encoder_weights
from caption_service import keras_weights
from caption_service.encoder_arguments import EncoderArguments
from caption_service.network import build_encoder
from job_kit.hashes import sha256_of

# Of the two families whose networks normalise their own input one each; and one of the others.
SIDES = {"efficientnet_b0": 64, "efficientnet_v2_b0": 64, "vgg16": 32}
# By download, and from a file; the second of those families does as the first from there on.
ORIGINS = {"efficientnet_b0": 2, "efficientnet_v2_b0": 1, "vgg16": 2}


def published_file(arguments: EncoderArguments, folder: Path) -> Path:
    """Drawn weights of Keras's model without top, in a file as Keras publishes them."""
    keras.utils.set_random_seed(2)
    build = getattr(keras.applications, arguments.keras_name)
    model = build(include_top=False, weights=None, input_shape=(arguments.size, arguments.size, 3))
    random = np.random.default_rng(3)
    for layer in model.layers:
        if isinstance(layer, keras.layers.Normalization) and layer.weights:
            layer.adapt_mean.assign(random.uniform(0.4, 0.5, layer.adapt_mean.shape))
            layer.adapt_variance.assign(random.uniform(0.2, 0.3, layer.adapt_variance.shape))
        elif isinstance(layer, keras.layers.BatchNormalization):
            layer.moving_mean.assign(random.normal(0, 0.1, layer.moving_mean.shape))
            layer.moving_variance.assign(random.uniform(0.7, 1.3, layer.moving_variance.shape))
    path = folder / "published.weights.h5"
    model.save_weights(path)
    return path


@pytest.mark.parametrize("name", SIDES)
def test_the_encoder_computes_what_keras_computes(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    side = SIDES[name]
    arguments = EncoderArguments(name, side)
    file = published_file(arguments, tmp_path)
    # What every `weights="imagenet"` of Keras asks for its file.
    monkeypatch.setattr(file_utils, "get_file", lambda *_, **__: str(file))
    pictures = np.random.default_rng(4).integers(0, 256, (3, side, side, 3)).astype(np.float32)
    build = getattr(keras.applications, arguments.keras_name)
    keras_own = build(include_top=False, weights="imagenet", input_shape=(side, side, 3), pooling="avg")
    family = importlib.import_module(f"keras.applications.{name.removesuffix('_b0')}")
    expected = np.asarray(keras_own(family.preprocess_input(pictures.copy()), training=False))

    inputs = ((pictures / 255 - np.array(arguments.mean)) / np.array(arguments.std)).astype(np.float32)
    origins = [("imagenet", ""), (str(file), sha256_of(file))]
    for weights, sha256 in origins[: ORIGINS[name]]:
        network, told = encoder_weights.obtain(arguments, weights, sha256)
        assert told["seen_imagenet"]
        found = np.asarray(network(inputs, training=False))
        np.testing.assert_allclose(found, expected, rtol=1e-3, atol=1e-4 * np.abs(expected).max())
    # And so does what is served: the weights' file in a network that is built anew.
    keras_weights.save(network, tmp_path / "encoder.safetensors", "float32")
    again = build_encoder(arguments)
    keras_weights.load(again, tmp_path / "encoder.safetensors")
    served = np.asarray(again(inputs, training=False))
    np.testing.assert_allclose(served, expected, rtol=1e-3, atol=1e-4 * np.abs(expected).max())
