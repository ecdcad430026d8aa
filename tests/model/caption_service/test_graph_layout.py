"""Transposes moved down a graph: the same answers, and none left in the middle."""

from collections.abc import Callable

import numpy as np
import openvino as ov
import pytest
from openvino import opset15 as ops
from openvino import passes

from caption_service.graph_layout import untangle

RANDOM = np.random.default_rng(0)
LAST, FIRST = [0, 2, 3, 1], [0, 3, 1, 2]  # channels last from channels first, and back
Step = Callable[[ov.Node], ov.Node]


def turned(x: ov.Node, order: list[int]) -> ov.Node:
    return ops.transpose(x, ops.constant(np.array(order)))


def convolved(x: ov.Node) -> ov.Node:
    """As Keras writes it: channels last outside, first inside."""
    kernel = ops.constant(RANDOM.normal(0, 0.3, (4, 4, 3, 3)).astype(np.float32))
    inner = ops.convolution(turned(x, FIRST), kernel, [1, 1], [1, 1], [1, 1], [1, 1])
    return turned(inner, LAST)


def normalised(x: ov.Node) -> ov.Node:
    """As Keras writes it: the two axes that matter change places."""
    of = [ops.constant(RANDOM.uniform(0.5, 2, 4).astype(np.float32)) for _ in range(4)]
    return turned(ops.batch_norm_inference(turned(x, [0, 3, 2, 1]), *of, 1e-3), [0, 3, 2, 1])


def padded(x: ov.Node) -> ov.Node:
    begin, end = (ops.constant(np.array(amount)) for amount in ([0, 1, 0, 0], [0, 0, 2, 0]))
    return ops.pad(x, begin, end, "constant")


def squeezed(x: ov.Node) -> ov.Node:
    """A channel's mean over the places weighs the channel."""
    return ops.multiply(x, ops.sigmoid(ops.reduce_mean(x, ops.constant(np.array([1, 2])), keep_dims=True)))


STEPS: dict[str, Step] = {
    "activation": lambda x: ops.clamp(ops.relu(x), 0.0, 6.0),
    "normalisation": normalised,
    "bias": lambda x: ops.add(x, ops.constant(np.arange(4, dtype=np.float32))),
    "residual": lambda x: ops.add(x, convolved(x)),
    "padding": padded,
    "joined": lambda x: ops.concat([convolved(x), convolved(x)], 3),
    "joined in height": lambda x: ops.concat([convolved(x), convolved(x)], 1),
    "squeezed": squeezed,
}


def network(step: Step) -> ov.Model:
    given = ops.parameter([-1, 6, 5, 4], ov.Type.f32)
    x = step(convolved(given))
    mean = ops.reduce_mean(convolved(x) if step is not STEPS["joined"] else x, ops.constant(np.array([1, 2])))
    return ov.Model([mean], [given])


def answers(graph: ov.Model, x: np.ndarray) -> np.ndarray:
    return np.array(ov.Core().compile_model(graph, "CPU", {"INFERENCE_PRECISION_HINT": "f32"})(x)[0])


@pytest.mark.parametrize("name", STEPS)
def test_the_same_answers_with_one_turn_at_the_input(name: str) -> None:
    graph = network(STEPS[name])
    x = RANDOM.normal(size=(3, 6, 5, 4)).astype(np.float32)
    before = answers(graph, x)
    untangle(graph)
    np.testing.assert_allclose(answers(graph, x), before, rtol=1e-4, atol=1e-5)
    graph = untangled_constants(graph)
    turns = [node for node in graph.get_ordered_ops() if node.get_type_name() == "Transpose"]
    assert [node.input_value(0).get_node().get_type_name() for node in turns] == ["Parameter"]


def untangled_constants(graph: ov.Model) -> ov.Model:
    """Without the turns of constants, which are worked out when the graph is compiled."""
    manager = passes.Manager()
    manager.register_pass(passes.ConstantFolding())
    manager.run_passes(graph)
    return graph


def test_a_turn_that_is_wanted_stays() -> None:
    given = ops.parameter([2, 3, 4, 5], ov.Type.f32)
    graph = ov.Model([ops.relu(turned(given, LAST))], [given])
    x = RANDOM.normal(size=(2, 3, 4, 5)).astype(np.float32)
    untangle(graph)
    np.testing.assert_array_equal(answers(graph, x), np.maximum(x, 0).transpose(LAST))
