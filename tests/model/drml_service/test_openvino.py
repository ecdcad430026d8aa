"""The network on OpenVINO beside torch: the same numbers, whatever the batch, nobody's memory written."""

from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from openvino import Model
from openvino import opset13 as op

from diversity_contracts.manifest import verify
from drml_service import eight_bits
from drml_service.artifact import STARTER
from drml_service.encoder import NetworkEncoder
from drml_service.network import EmbeddingNetwork
from drml_service.network_arguments import NetworkArguments, tensor_shapes
from drml_service.openvino_graph import features_graph, inputs_graph
from drml_service.openvino_network import OpenVinoNetwork, supported
from drml_service.precision import LARGEST_DRIFT, admitted
from drml_service.processor import sums_are_wide
from drml_service.torch_network import TorchNetwork
from drml_service.weights import Weights
from tests.fakes.artifacts import publish_untrained, untrained
from tests.fakes.drawn import draw

CASES = [
    NetworkArguments("single", 64, normalise=True, mirror=True),
    NetworkArguments("single", 64),
    NetworkArguments("multi-scale", 64, mirror=True),
]


def weights(arguments: NetworkArguments) -> Weights:
    """Random ones, batch norm's as after a training that moved them."""
    random = np.random.default_rng(3)
    found = {}
    for name, tensor in untrained(arguments, seed=3).state_dict().items():
        if not tensor.is_floating_point():
            continue
        array = tensor.numpy().copy()
        if ".bn" in name or ".downsample.1" in name:
            array = array + random.uniform(0.1, 0.5, array.shape).astype(np.float32)
        found[name] = array
    return found


def pictures(count: int, size: int = 64) -> NDArray[np.float32]:
    return np.random.default_rng(1).standard_normal((count, 3, size, size)).astype(np.float32)


@pytest.mark.parametrize("arguments", CASES, ids=str)
def test_the_shapes_are_the_networks(arguments: NetworkArguments) -> None:
    tensors = EmbeddingNetwork(arguments).state_dict()
    floating = {name: tuple(tensor.shape) for name, tensor in tensors.items() if tensor.is_floating_point()}
    assert tensor_shapes(arguments) == floating


@pytest.mark.parametrize("arguments", CASES, ids=str)
def test_the_features_are_torchs(arguments: NetworkArguments) -> None:
    tensors, inputs = weights(arguments), pictures(3)
    expected = TorchNetwork(arguments, tensors, threads=1).features(inputs)
    graph = features_graph(arguments, tensors, 64)
    found = OpenVinoNetwork(graph, threads=1, precision="float32").features(inputs)
    np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-5 * float(np.abs(expected).max()))


@pytest.mark.parametrize("precision", sorted(supported()))
def test_a_picture_has_one_answer_in_every_batch_and_keeps_its_numbers(precision: str) -> None:
    manifest = verify(STARTER, "drml")
    encoder = NetworkEncoder.load(STARTER, manifest, threads=1, runtime="openvino", precision=precision)  # type: ignore[arg-type]  # parametrize gives text
    inputs = [encoder.prepare(draw(number)) for number in range(9)]
    before = [one.copy() for one in inputs]
    alone = np.concatenate([encoder.encode([one]) for one in inputs])
    for count in (9, 1, 2, 5):
        np.testing.assert_array_equal(encoder.encode(inputs[:count]), alone[:count])
    for one, kept in zip(inputs, before, strict=True):
        np.testing.assert_array_equal(one, kept)


def test_the_starters_precisions_stay_near_torch() -> None:
    manifest = verify(STARTER, "drml")
    reference = NetworkEncoder.load(STARTER, manifest, threads=1, runtime="torch")
    inputs = [reference.prepare(draw(number, size=(100, 80))) for number in range(40)]
    expected = reference.lift(reference.encode(inputs))
    assert (reference.runtime, reference.precision) == ("torch", "float32")
    for precision in sorted({"float32", *supported()} & admitted(manifest.drift)):
        encoder = NetworkEncoder.load(STARTER, manifest, threads=1, runtime="openvino", precision=precision)
        assert (encoder.runtime, encoder.precision, encoder.note) == ("openvino", precision, None)
        found = encoder.lift(encoder.encode(inputs))
        lengths = np.linalg.norm(found, axis=1) * np.linalg.norm(expected, axis=1)
        worst = 1 - ((found * expected).sum(1) / lengths).min()
        assert worst <= (1e-9 if precision == "float32" else LARGEST_DRIFT), precision


def test_eight_bits_are_steps_of_the_largest_input() -> None:
    """The graph's inputs are torch's, and a range that is too small shows in the features."""
    arguments, inputs = CASES[1], pictures(4)
    tensors = weights(arguments)
    points = eight_bits.points()
    largest = OpenVinoNetwork(inputs_graph(tensors, 64, points), threads=1, precision="float32").outputs(
        inputs
    )
    expected = TorchNetwork(arguments, tensors, threads=1).features(inputs)
    highest = {name: float(value) for name, value in zip(points, largest, strict=True)}

    def moved(scale: float) -> float:
        ranges = {name: value * scale for name, value in highest.items()}
        graph = features_graph(arguments, tensors, 64, ranges)
        found = OpenVinoNetwork(graph, threads=1, precision="int8").features(inputs)
        return float(np.abs(found - expected).max() / np.abs(expected).max())

    assert moved(1.0) < 0.05
    assert moved(0.2) > 3 * moved(1.0)


@pytest.mark.skipif("int8" not in supported(), reason="OpenVINO has no eight bits here")
def test_eight_bit_sums_are_cut_off_nowhere_else_than_is_said() -> None:
    """The largest products there are, 64 · 9 of them, added up: short of the sum only where that is said."""
    x = op.parameter([-1, 64, 8, 8], np.float32)
    low, high, far = (op.constant(np.float32(end)) for end in (0, 255, 127))
    given = op.fake_quantize(x, low, high, low, high, 256)
    kernel = op.constant(np.full((64, 64, 3, 3), 127, np.float32))
    ends = op.constant(np.float32(-127)), far
    y = op.convolution(given, op.fake_quantize(kernel, *ends, *ends, 255), [1, 1], [0, 0], [0, 0], [1, 1])
    network = OpenVinoNetwork(Model([y], [x], "sums"), threads=1, precision="int8")
    found = network.features(np.full((1, 64, 8, 8), 255, np.float32))
    whole = bool(np.allclose(found, 64 * 9 * 255 * 127, rtol=0.01))
    assert whole or not sums_are_wide()


@pytest.mark.skipif("int8" not in supported(), reason="OpenVINO has no eight bits here")
def test_where_sums_may_be_cut_off_the_golden_inputs_are_held_to_the_published_drift() -> None:
    """Of a drift that nothing in eight bits has."""
    manifest = verify(STARTER, "drml")
    strict = manifest.model_copy(update={"drift": {**manifest.drift, "int8": 1e-9}})
    golden = [one.model_copy(update={"tolerance": 1e-9}) for one in manifest.golden]
    strict = strict.model_copy(update={"golden": golden})
    encoder = NetworkEncoder.load(STARTER, strict, threads=1, runtime="openvino", precision="int8")
    if sums_are_wide():
        assert (encoder.precision, encoder.note) == ("int8", None)
    else:
        assert encoder.form == "float32"
        assert encoder.note is not None
        assert encoder.note.startswith("openvino in int8: ")


def test_torch_serves_where_it_is_asked_for_and_says_what_it_cannot(tmp_path: Path) -> None:
    folder = publish_untrained(tmp_path, arguments=NetworkArguments(embedding_dim=96))
    manifest = verify(folder, "drml")
    on_torch = NetworkEncoder.load(folder, manifest, threads=1, runtime="torch", precision="int8")
    assert (on_torch.runtime, on_torch.precision) == ("torch", "float32")
    asked = NetworkEncoder.load(folder, manifest, threads=1, precision="bfloat16")
    assert (asked.runtime, asked.precision) == ("openvino", "float32")
    assert asked.note == "the drift of bfloat16 was not measured"


def test_less_than_float32_gives_way_where_it_misses_the_golden_inputs(tmp_path: Path) -> None:
    """A manifest may say what it likes of a drift: the golden inputs decide."""
    folder = publish_untrained(tmp_path, arguments=NetworkArguments(embedding_dim=96))
    eight_bits.save(dict.fromkeys(eight_bits.points(), 0.001), folder)
    manifest = verify_with(folder)
    encoder = NetworkEncoder.load(folder, manifest, threads=1)
    assert (encoder.runtime, encoder.precision) == ("openvino", "float32")
    assert encoder.note is not None
    assert encoder.note.startswith("openvino in int8: ")
    torch.set_num_threads(1)


def verify_with(folder: Path):  # type: ignore[no-untyped-def]
    """The manifest as if the ranges had been published with a small drift."""
    (folder / "int8.json").rename(folder.parent / "int8.json")
    manifest = verify(folder, "drml")
    (folder.parent / "int8.json").rename(folder / "int8.json")
    return manifest.model_copy(update={"files": manifest.files | {"int8.json": ""}, "drift": {"int8": 1e-6}})
