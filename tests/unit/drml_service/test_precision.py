"""The precision that serves: the fastest that is near enough and that the processor has."""

import pytest

from drml_service.precision import LARGEST_DRIFT, Precision, admitted, chosen, forms

EVERY: set[Precision] = {"float32", "bfloat16", "int8"}
NEAR = {"bfloat16": 1e-5, "int8": LARGEST_DRIFT}


@pytest.mark.parametrize(
    ("drift", "supported", "expected"),
    [
        (NEAR, EVERY, "int8"),
        (NEAR, {"float32", "bfloat16"}, "bfloat16"),
        (NEAR, {"float32"}, "float32"),
        (NEAR, set[Precision](), "float32"),
        ({"bfloat16": 1e-5, "int8": LARGEST_DRIFT * 1.01}, EVERY, "bfloat16"),
        ({"bfloat16": float("nan")}, EVERY, "float32"),
        ({}, EVERY, "float32"),
        ({"float32": 1.0, "float16": 1e-6}, EVERY, "float32"),
    ],
)
def test_the_fastest_that_may(
    drift: dict[str, float], supported: set[Precision], expected: Precision
) -> None:
    assert chosen("auto", drift, supported) == (expected, None)


def test_what_is_asked_for_is_served_where_it_may_be() -> None:
    for wanted in ("float32", "bfloat16", "int8"):
        assert chosen(wanted, NEAR, {"float32"}) == (wanted, None)
    assert chosen("int8", {"int8": 0.02}, EVERY) == ("float32", "the drift of int8 is 0.02, above 0.001")
    assert chosen("int8", {}, EVERY) == ("float32", "the drift of int8 was not measured")


def test_float32_is_always_admitted() -> None:
    assert admitted({"bfloat16": 1.0}) == {"float32"}
    assert admitted(NEAR) == EVERY


def test_what_served_before_another_setting_may_go_on_where_it_is_admitted_and_native() -> None:
    assert forms("auto", NEAR, EVERY) == ["int8", "bfloat16", "float32"]
    assert forms("float32", NEAR, EVERY) == ["float32", "bfloat16", "int8"]
    assert forms("float32", NEAR, {"float32"}) == ["float32"]
    assert forms("bfloat16", NEAR, {"float32"}) == ["bfloat16", "float32"], "it was asked for"
    assert forms("int8", {"int8": 1.0}, EVERY) == ["float32"]
