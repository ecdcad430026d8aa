"""Schedules at their corners."""

import pytest

from drml_job.schedules import parse_sizes
from job_kit.schedules import learning_rate


def test_sizes_by_epoch() -> None:
    assert parse_sizes("48:3,64:2") == [48, 48, 48, 64, 64]


@pytest.mark.parametrize("text", ["48", "48:0", "0:3", "48:x", "", "48:3,", "48:-1"])
def test_a_malformed_list_of_sizes_is_refused(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011  the words differ with what is malformed
        parse_sizes(text)


def test_the_rate_rises_to_the_peak_then_falls_to_zero() -> None:
    rates = [learning_rate(step, 1000, peak=0.4, warmup_share=0.1) for step in range(1000)]
    top = rates.index(max(rates))
    assert top == 100
    assert rates[top] == pytest.approx(0.4)
    assert rates[:top] == sorted(rates[:top])
    assert rates[top:] == sorted(rates[top:], reverse=True)
    assert 0 < rates[0] < 0.01
    assert 0 <= rates[-1] < 1e-5
    assert rates[550] == pytest.approx(0.2)


def test_a_single_step_has_a_rate() -> None:
    assert learning_rate(0, 1, peak=0.4, warmup_share=0.1) == pytest.approx(0.2)
