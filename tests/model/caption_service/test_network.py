"""The encoders as they are rebuilt from code, and their weights on disk. Small inputs, drawn weights."""

from pathlib import Path

import keras
import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

from caption_service import keras_weights
from caption_service.encoder_arguments import EncoderArguments
from caption_service.network import build_encoder, build_map_encoder
from diversity_contracts.manifest import BadArtifact

XCEPTION = EncoderArguments("xception", 71)


@pytest.fixture(scope="module")
def xception() -> keras.Model:
    keras.utils.set_random_seed(1)
    return build_encoder(XCEPTION)


def pictures(arguments: EncoderArguments, count: int = 2) -> np.ndarray:
    random = np.random.default_rng(3)
    return random.uniform(-1, 1, (count, arguments.size, arguments.size, 3)).astype(np.float32)


def features(network: keras.Model, inputs: np.ndarray) -> np.ndarray:
    found: np.ndarray = keras.ops.convert_to_numpy(network(inputs, training=False))
    return found


@pytest.mark.parametrize("name", ["vgg16", "mobilenet_v2", "mobilenet_v3_small", "efficientnet-lite0"])
def test_an_encoder_gives_as_many_numbers_as_its_arguments_say(name: str) -> None:
    arguments = EncoderArguments(name, 64)
    mapped = build_map_encoder(arguments)
    pooled = build_encoder(arguments)
    assert pooled.input_shape == mapped.input_shape == (None, 64, 64, 3)
    assert pooled.output_shape == (None, arguments.feature_dim)
    assert mapped.output_shape == (None, 4, arguments.feature_dim)


def test_features_are_the_mean_of_the_map(xception: keras.Model, tmp_path: Path) -> None:
    mapped = build_map_encoder(XCEPTION)
    keras_weights.save(xception, tmp_path / "w.safetensors", "float32")
    keras_weights.load(mapped, tmp_path / "w.safetensors")
    inputs = pictures(XCEPTION)
    np.testing.assert_allclose(
        features(mapped, inputs).mean(axis=1), features(xception, inputs), rtol=1e-4, atol=1e-6
    )


def test_vgg_is_given_blue_first() -> None:
    """Its first kernel looks at one channel only; the last one of the picture is the one it sees."""
    network = build_encoder(EncoderArguments("vgg16", 32))
    kernel = keras_weights.named_weights(network)["block1_conv1/kernel"]
    only_first = np.zeros(kernel.shape, np.float32)
    only_first[:, :, 0, :] = keras.ops.convert_to_numpy(kernel)[:, :, 0, :]
    kernel.assign(only_first)
    inputs = pictures(EncoderArguments("vgg16", 32), 1)
    without_red, without_blue = inputs.copy(), inputs.copy()
    without_red[..., 0], without_blue[..., 2] = 0, 0
    expected = features(network, inputs)
    assert np.array_equal(features(network, without_red), expected)
    assert not np.array_equal(features(network, without_blue), expected)


def test_names_do_not_depend_on_what_was_built_before(xception: keras.Model) -> None:
    again = build_encoder(XCEPTION)
    names = list(keras_weights.named_weights(xception))
    assert names == list(keras_weights.named_weights(again))
    assert {"block1_conv1/kernel", "conv2d_0/kernel", "conv2d_3/kernel"} < set(names)
    assert len(names) == len(xception.weights)


@pytest.mark.parametrize(("precision", "most"), [("float32", 0.0), ("float16", 2e-3)])
def test_weights_come_back(
    xception: keras.Model, tmp_path: Path, precision: keras_weights.Precision, most: float
) -> None:
    path = tmp_path / "w.safetensors"
    keras_weights.save(xception, path, precision)
    again = build_encoder(XCEPTION)
    keras_weights.load(again, path)
    inputs = pictures(XCEPTION)
    expected, found = features(xception, inputs), features(again, inputs)
    assert np.abs(found - expected).max() <= most * np.abs(expected).max()
    stored = load_file(path)
    assert stored["block1_conv1/kernel"].dtype == np.dtype(precision)
    assert stored["block1_conv1_bn/moving_variance"].dtype == np.float32


def test_a_weight_too_large_for_its_precision_is_not_written(tmp_path: Path) -> None:
    network = keras.Sequential([keras.Input((2,)), keras.layers.Dense(2, name="wide")])
    network.layers[0].kernel.assign(np.full((2, 2), 1e5, np.float32))
    with pytest.raises(ValueError, match="wide/kernel is not finite in float16"):
        keras_weights.save(network, tmp_path / "w.safetensors", "float16")
    assert not (tmp_path / "w.safetensors").exists()


@pytest.mark.parametrize(
    ("damage", "reason"),
    [
        ("missing", "lacks 'wide/bias'"),
        ("foreign", "holds 'other'"),
        ("shape", r"is \(3,\), the network's is \(2,\)"),
        ("nan", "finite"),
        ("float64", "finite float16 or float32"),
        ("garbage", "cannot be read"),
        ("absent", "cannot be read"),
    ],
)
def test_other_weights_are_refused_and_change_nothing(tmp_path: Path, damage: str, reason: str) -> None:
    network = keras.Sequential([keras.Input((2,)), keras.layers.Dense(2, name="wide")])
    path = tmp_path / "w.safetensors"
    arrays = {"wide/kernel": np.full((2, 2), 7, np.float32), "wide/bias": np.full(2, 7, np.float32)}
    if damage == "missing":
        del arrays["wide/bias"]
    elif damage == "foreign":
        arrays["other"] = np.zeros(1, np.float32)
    elif damage == "shape":
        arrays["wide/bias"] = np.zeros(3, np.float32)
    elif damage == "nan":
        arrays["wide/bias"][0] = np.nan
    elif damage == "float64":
        arrays["wide/bias"] = np.zeros(2)  # type: ignore[assignment]
    save_file(arrays, path)
    if damage == "garbage":
        path.write_bytes(b"\xff" * 64)
    elif damage == "absent":
        path.unlink()
    before = [keras.ops.convert_to_numpy(weight).copy() for weight in network.weights]
    with pytest.raises(BadArtifact, match=reason):
        keras_weights.load(network, path)
    after = [keras.ops.convert_to_numpy(weight) for weight in network.weights]
    assert all(np.array_equal(a, b) for a, b in zip(before, after, strict=True))
