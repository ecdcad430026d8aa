"""Two lists of the farthest are held against each other place by place and id by id."""

import pytest

from tests.bench.serving import difference


@pytest.mark.parametrize(
    ("other", "apart"),
    [
        ({"a": 9.0, "b": 8.0, "c": 7.0}, 0.0),
        ({"a": 9.0, "b": 8.5, "c": 7.0}, 0.5),
        ({"b": 9.0, "a": 8.0, "c": 7.0}, 1.0),  # the same places, another order
        ({"a": 9.0, "b": 8.0, "d": 7.0}, 0.0),  # of two that tie at the end either may be listed
        ({"a": 9.0, "d": 8.0, "c": 7.0}, 1.0),  # b is missing, a whole place before the end
    ],
)
def test_lists_differ_by_their_worst_place(other: dict[str, float], apart: float) -> None:
    assert difference({"a": 9.0, "b": 8.0, "c": 7.0}, other) == pytest.approx(apart)
    assert difference(other, {"a": 9.0, "b": 8.0, "c": 7.0}) == pytest.approx(apart)
