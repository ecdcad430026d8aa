"""Which precision may serve: measured, near enough, native; and never two of them in one index."""

import pytest

from caption_service.precision import LARGEST_DRIFT, LEAST_AGREEMENT, Wanted, chosen, fault, index_key

AGREEMENT = "bfloat16_token_agreement"
NEAR = {"float16": 1e-5, "bfloat16": LARGEST_DRIFT}, {AGREEMENT: LEAST_AGREEMENT}


@pytest.mark.parametrize(
    ("drift", "metrics", "said"),
    [
        (*NEAR, None),
        ({"bfloat16": LARGEST_DRIFT * 1.01}, {AGREEMENT: 1.0}, "drift"),
        ({"bfloat16": 0.0}, {AGREEMENT: LEAST_AGREEMENT - 0.001}, "words"),
        ({"bfloat16": 0.0}, {}, "not measured"),
        ({}, {AGREEMENT: 1.0}, "not measured"),
        ({"bfloat16": float("nan")}, {AGREEMENT: 1.0}, "drift"),
    ],
)
def test_both_bounds_count(drift: dict[str, float], metrics: dict[str, float], said: str | None) -> None:
    reason = fault("bfloat16", drift, metrics)
    assert (reason is None) if said is None else (reason is not None and said in reason)
    assert fault("float32", drift, metrics) is None


@pytest.mark.parametrize(
    ("wanted", "native", "precision"),
    [
        ("auto", {"float32", "bfloat16"}, "bfloat16"),
        ("auto", {"float32"}, "float32"),
        ("bfloat16", {"float32"}, "bfloat16"),
        ("float32", {"float32", "bfloat16"}, "float32"),
    ],
)
def test_auto_takes_what_the_processor_has(wanted: Wanted, native: set[str], precision: str) -> None:
    assert chosen(wanted, *NEAR, native) == (precision, None)  # type: ignore[arg-type]  # a set of literals


def test_what_is_not_admitted_gives_way_and_says_why() -> None:
    precision, reason = chosen("bfloat16", {"bfloat16": 0.0166}, {AGREEMENT: 0.92}, {"bfloat16"})
    assert precision == "float32"
    assert reason is not None
    assert "0.017" in reason
    assert chosen("auto", {"bfloat16": 0.0166}, {AGREEMENT: 0.92}, {"bfloat16"}) == ("float32", None)


def test_another_precision_is_another_index() -> None:
    assert index_key("abc", "float32") == "abc"
    assert index_key("abc", "bfloat16") != index_key("abd", "bfloat16") != "abd"
