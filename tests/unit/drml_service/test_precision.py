"""The precision that serves: the fastest that is near enough and that the processor has."""

import pytest

from drml_service.precision import (
    LARGEST_DRIFT,
    Precision,
    admitted,
    chosen,
    form_of,
    forms,
    precision_of,
    tolerance,
)

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


def test_two_processors_that_give_other_numbers_have_other_forms() -> None:
    rests: tuple[Precision, ...] = ("float32", "bfloat16")
    found = {
        (precision, rest, wide): form_of(precision, rest, wide=wide)
        for precision in sorted(EVERY)
        for rest in rests
        for wide in (True, False)
    }
    assert set(found.values()) == {
        "float32", "bfloat16", "int8", "int8-narrow", "int8-bfloat16", "int8-bfloat16-narrow",
    }  # fmt: skip
    assert all(precision_of(form) == precision for (precision, _, _), form in found.items())


def test_where_sums_may_be_cut_off_the_published_drift_is_the_bound() -> None:
    near, far = {"int8": 0.0006}, {"int8": 1.0}
    assert tolerance("float32", near) == 0
    assert tolerance("bfloat16", near) == tolerance("int8", near) == LARGEST_DRIFT
    assert tolerance("int8-narrow", near) == tolerance("int8-bfloat16-narrow", near) == 0.0006
    assert (tolerance("int8-narrow", far), tolerance("int8-narrow", {})) == (LARGEST_DRIFT, 0)
