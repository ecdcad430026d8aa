"""Multiplications are counted as by hand; photographs are spread over their names."""

from pathlib import Path

import numpy as np
import pytest
from openvino import Model
from openvino import opset13 as op

from tests.bench.limits import least_ms, multiplications
from tests.bench.photographs import of_size, photographs
from tests.fakes.drawn import drawn


def test_multiplications_of_a_graph() -> None:
    pictures = op.parameter([-1, 4, 8, 8], np.float32)
    whole = op.convolution(
        pictures, op.constant(np.ones((6, 4, 3, 3), np.float32)), [2, 2], [1, 1], [1, 1], [1, 1]
    )
    deep = op.group_convolution(
        whole, op.constant(np.ones((6, 1, 1, 3, 3), np.float32)), [1, 1], [1, 1], [1, 1], [1, 1]
    )
    flat = op.reduce_mean(deep, op.constant(np.array([2, 3])), False)
    ends = op.matmul(flat, op.constant(np.ones((6, 5), np.float32)), False, False)
    model = Model([ends], [pictures], "small")
    assert multiplications(model) == 6 * 16 * 4 * 9 + 6 * 16 * 9 + 6 * 5
    assert model.is_dynamic()  # the graph itself is left as it was


def test_least_time_of_an_operation_is_two() -> None:
    assert least_ms(500_000_000, 100.0) == 10.0


def test_photographs_are_spread_over_the_names(tmp_path: Path) -> None:
    for number in range(10):
        (tmp_path / f"{number}.png").write_bytes(drawn(number))
    (tmp_path / "words.txt").write_text("no picture")
    assert photographs(tmp_path, 3) == [drawn(0), drawn(3), drawn(6)]
    assert photographs(tmp_path, 100) == [drawn(number) for number in range(10)]
    assert photographs(None, 5) == []
    (tmp_path / "empty").mkdir()
    with pytest.raises(ValueError, match="empty holds no picture"):
        photographs(tmp_path / "empty", 1)


def test_a_small_photograph_is_enlarged_and_a_large_one_kept() -> None:
    small, large = drawn(1, size=(64, 64), kind="JPEG"), drawn(1, size=(600, 400), kind="JPEG")
    assert of_size(large, (500, 375)) == large
    assert of_size(small, (500, 375)) != small
