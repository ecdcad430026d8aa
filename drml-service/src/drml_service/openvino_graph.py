"""The embedding network as an OpenVINO graph, built from the artifact's arrays.

Nothing is converted: the graph is written out here, layer by layer, as `network` writes it for torch. Batch
norm is folded into the convolution before it:

    y = γ (k ∗ x − μ) / √(σ² + ε) + β = k' ∗ x + b',   k' = k γ / √(σ² + ε),   b' = β − μ γ / √(σ² + ε)

The mean over a picture and its mirror image is part of the graph.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from openvino import Model, Node, Output
from openvino import opset13 as op

from drml_service.eight_bits import Highest
from drml_service.network_arguments import SHALLOW_GRID, NetworkArguments, blocks
from drml_service.weights import Float32, Weights

_EPSILON = 1e-5  # torch's, of batch norm
_LEAST_LENGTH = 1e-12  # torch's, of normalize
_STEPS = 256


def features_graph(
    arguments: NetworkArguments, weights: Weights, size: int, highest: Highest | None = None
) -> Model:
    """Pictures (any, 3, size, size) to features (any, feature_dim).

    Args:
        highest: the convolutions that run in 8 bits; none by default.
    """
    build = _Build(weights, highest or {})
    pictures = op.parameter([-1, 3, size, size], np.float32, name="pictures")
    return Model([build.features(arguments, pictures.output(0), size)], [pictures], "features")


def inputs_graph(weights: Weights, size: int, points: list[str]) -> Model:
    """Pictures to the largest number that each of the convolutions `points` is given, in their order."""
    build = _Build(weights, {})
    pictures = op.parameter([-1, 3, size, size], np.float32, name="pictures")
    build.trunk(pictures.output(0))
    largest = [op.reduce_max(build.inputs[name], _axes(0, 1, 2, 3), False) for name in points]
    return Model(largest, [pictures], "inputs")


@dataclass
class _Build:
    """A graph while it is made; `inputs` are what the convolutions are given, by name."""

    weights: Weights
    highest: Highest
    inputs: dict[str, Output] = field(default_factory=dict)

    def features(self, arguments: NetworkArguments, pictures: Output, size: int) -> Node:
        if not arguments.mirror:
            return self._paths(arguments, pictures)
        backwards = op.constant(np.arange(size - 1, -1, -1, dtype=np.int64))
        mirrored = op.gather(pictures, backwards, op.constant(np.int64(3)))
        both = self._paths(arguments, op.concat([pictures, mirrored], 0).output(0))
        # Split in two, some 8-bit graphs gave no rows at all.
        pairs = np.array([2, -1, arguments.feature_dim], dtype=np.int64)
        return op.reduce_mean(op.reshape(both, op.constant(pairs), False), _axes(0), False)

    def _paths(self, arguments: NetworkArguments, x: Output) -> Node:
        deep = self.trunk(x)
        if not arguments.shallow_ratios:
            return deep
        paths = [self._shallow(x, number, r) for number, r in enumerate(arguments.shallow_ratios)]
        return op.concat([_unit(deep), _unit(op.concat(paths, 1))], 1)

    def trunk(self, x: Output) -> Node:
        """ResNet-18 up to its pooled numbers (any, 512)."""
        y = op.relu(self._convolution(x, "trunk.conv1", "trunk.bn1", 2)).output(0)
        y = op.max_pool(y, [2, 2], [1, 1], [1, 1], [1, 1], [3, 3]).output(0)
        for name, _, _, stride in blocks():
            given = self._given(y, f"{name}.conv1")
            z = op.relu(self._convolution(given, f"{name}.conv1", f"{name}.bn1", stride)).output(0)
            z = self._given(z, f"{name}.conv2")
            inner = self._convolution(z, f"{name}.conv2", f"{name}.bn2")
            if stride == 2:
                beside = f"{name}.downsample.0"
                shorter = self._convolution(given, beside, f"{name}.downsample.1", 2, like=f"{name}.conv1")
                given = shorter.output(0)
            y = op.relu(op.add(inner, given)).output(0)
        return op.reduce_mean(y, _axes(2, 3), False)

    def _shallow(self, x: Output, number: int, ratio: int) -> Node:
        small = op.avg_pool(x, [ratio] * 2, [0, 0], [0, 0], [ratio] * 2, True)
        kernel, bias = (self.weights[f"shallow.{number}.conv.{part}"] for part in ("weight", "bias"))
        maps = op.convolution(small, op.constant(kernel), [4, 4], [3, 3], [3, 3], [1, 1])
        maps = op.relu(op.add(maps, op.constant(bias.reshape(1, -1, 1, 1))))
        grid = op.constant(np.array([SHALLOW_GRID, SHALLOW_GRID], dtype=np.int64))
        pooled = op.adaptive_max_pool(maps, grid, "i32").output(0)  # the plugin compiles no i64 here
        return op.reshape(pooled, op.constant(np.array([0, -1], dtype=np.int64)), True)

    def _given(self, x: Output, name: str) -> Output:
        """What the convolution `name` is given: x, in even steps where it runs in 8 bits."""
        self.inputs[name] = x
        if name not in self.highest:
            return x
        low, high = op.constant(np.float32(0)), op.constant(np.float32(self.highest[name]))
        return op.fake_quantize(x, low, high, low, high, _STEPS).output(0)

    def _convolution(
        self, x: Output, name: str, norm: str, stride: int = 1, *, like: str | None = None
    ) -> Node:
        """A convolution with its batch norm; in 8 bits where it, or the one it is `like`, runs in them."""
        kernel, bias = folded(self.weights, name, norm)
        pad = kernel.shape[2] // 2
        weights = op.constant(kernel)
        if (like or name) in self.highest:
            # A map of zeros has no scale; any will do.
            furthest = np.abs(kernel).max(axis=(1, 2, 3), keepdims=True)
            high = np.where(furthest > 0, furthest, np.float32(1)).astype(np.float32)
            ends = op.constant(-high), op.constant(high)
            weights = op.fake_quantize(weights, *ends, *ends, _STEPS - 1)
        y = op.convolution(x, weights, [stride] * 2, [pad] * 2, [pad] * 2, [1, 1])
        return op.add(y, op.constant(bias.reshape(1, -1, 1, 1)))


def folded(weights: Mapping[str, Float32], name: str, norm: str) -> tuple[Float32, Float32]:
    """k' (maps, in, side, side) and b' (maps,) of a convolution and its batch norm, worked in float64."""
    wide = {part: weights[f"{norm}.{part}"].astype(np.float64) for part in ("weight", "bias")}
    mean, variance = (
        weights[f"{norm}.{part}"].astype(np.float64) for part in ("running_mean", "running_var")
    )
    scale = wide["weight"] / np.sqrt(variance + _EPSILON)
    kernel = (weights[f"{name}.weight"] * scale[:, None, None, None]).astype(np.float32)
    return kernel, (wide["bias"] - mean * scale).astype(np.float32)


def _unit(x: Node) -> Node:
    """Rows divided by their length, as torch's normalize does."""
    length = op.sqrt(op.reduce_sum(op.multiply(x, x), _axes(1), True))
    return op.divide(x, op.maximum(length, op.constant(np.float32(_LEAST_LENGTH))))


def _axes(*axes: int) -> Node:
    return op.constant(np.array(axes, dtype=np.int64))
