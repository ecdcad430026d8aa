"""What this machine reaches at most, measured: arithmetic by precision, reads from memory, a bare answer.

A figure's limit is the least time that its multiplications, or the bytes that it must read, take at these
speeds. Multiplications of layers that do little with each number they read (depthwise ones) cannot reach the
arithmetic's; so a limit is a floor, not a forecast.
"""

import statistics
import time
from collections.abc import Sequence
from functools import cache, partial

import numpy as np
import torch
from openvino import Core, Model, Tensor
from openvino import opset13 as op

from drml_service.openvino_network import supported
from drml_service.precision import Precision
from tests.bench.turns import medians_ms

ROUNDS = 3
# A chain of convolutions, large enough that what lies between them costs next to nothing.
CHANNELS, SIDE, KERNEL, LAYERS = 256, 28, 3, 4
PRODUCT = 1_024
_HINTS: dict[Precision, str] = {"float32": "f32", "bfloat16": "bf16", "int8": "f32"}


@cache
def peak_gflops(threads: int, precision: Precision = "float32") -> float:
    """The fastest of what was tried in 10⁹ operations a second, a multiplication and an addition counted as
    two: a chain of convolutions on OpenVINO, and in float32 a product of two matrices."""
    chain = _chain(precision == "int8")
    settings = {
        "INFERENCE_NUM_THREADS": threads,
        "NUM_STREAMS": 1,
        "PERFORMANCE_HINT": "LATENCY",
        "INFERENCE_PRECISION_HINT": _HINTS[precision],
        "ENABLE_CPU_PINNING": False,
    }
    request = Core().compile_model(chain, "CPU", settings).create_infer_request()
    inputs = np.random.default_rng(1).random((1, CHANNELS, SIDE, SIDE), dtype=np.float32)
    request.set_input_tensor(Tensor(inputs, shared_memory=False))
    found = [2 * multiplications(chain) / medians_ms({"chain": request.infer}, ROUNDS)["chain"] / 1e6]
    if precision == "float32":
        torch.set_num_threads(threads)
        a, b = torch.rand(2, PRODUCT, PRODUCT).unbind()
        ms = medians_ms({"product": partial(torch.matmul, a, b)}, ROUNDS)["product"]
        found.append(2 * PRODUCT**3 / ms / 1e6)
    return max(found)


def peaks_gflops(threads: int) -> dict[Precision, float]:
    """Of every precision that this processor computes in."""
    return {precision: peak_gflops(threads, precision) for precision in sorted({"float32", *supported()})}


def least_ms(multiplied: int, gflops: float) -> float:
    """Milliseconds that so many multiplications, each with its addition, take at such a speed."""
    return 2 * multiplied / gflops / 1e6


def multiplications(model: Model) -> int:
    """Of one picture through the convolutions and products of a graph."""
    single = model.clone()
    if single.is_dynamic():
        single.reshape([1, *(length.get_length() for length in list(single.input(0).partial_shape)[1:])])
    total = 0
    for node in single.get_ops():
        kind = node.get_type_name()
        if kind in {"Convolution", "GroupConvolution"}:
            # Kernels are (maps, in, ...), or (groups, maps, in, ...).
            summed = list(node.input(1).get_shape())[1 if kind == "Convolution" else 2 :]
            total += _product(node.output(0).get_shape()) * _product(summed)
        elif kind == "MatMul":
            last = -2 if node.get_attributes()["transpose_a"] else -1
            total += _product(node.output(0).get_shape()) * int(list(node.input(0).get_shape())[last])
    return total


def bandwidth_gb_s(megabytes: float = 400) -> float:
    """What one thread reads while it has a core, the median of 9 sums over an array that is far larger than
    any cache by default, after one that is not counted."""
    array = np.ones(int(megabytes * 125_000), dtype=np.int64)
    array.sum()
    took = []
    for _ in range(9):
        started = time.thread_time()
        array.sum()
        took.append(time.thread_time() - started)
    return array.nbytes / statistics.median(took) / 1e9


def _chain(eight_bits: bool) -> Model:
    random = np.random.default_rng(2)
    pictures = op.parameter([1, CHANNELS, SIDE, SIDE], np.float32)
    x = pictures.output(0)
    low, high, furthest = (op.constant(np.float32(number)) for number in (0, 1, -1))
    for _ in range(LAYERS):
        kernel = random.uniform(-1, 1, (CHANNELS, CHANNELS, KERNEL, KERNEL)).astype(np.float32)
        weights = op.constant(kernel)
        if eight_bits:
            x = op.fake_quantize(x, low, high, low, high, 256).output(0)
            weights = op.fake_quantize(weights, furthest, high, furthest, high, 255)
        pad = [KERNEL // 2] * 2
        x = op.relu(op.convolution(x, weights, [1, 1], pad, pad, [1, 1])).output(0)
    return Model([x], [pictures], "chain")


def _product(lengths: Sequence[int]) -> int:
    return int(np.prod([int(length) for length in lengths], dtype=np.int64))
