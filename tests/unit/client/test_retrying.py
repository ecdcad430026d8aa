"""When a call is made again, and after how long."""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from diversity_client.retrying import Retries, retry_after

NOW = datetime(2026, 1, 1, 12, 0, tzinfo=UTC)


def test_waits_double_up_to_the_longest_and_then_it_gives_up() -> None:
    policy = Retries(attempts=6, patience_s=100, first_s=1, most_s=5)
    pauses = [policy.pause(failures, 0, None, chance=1.0) for failures in range(1, 7)]
    assert pauses == [1, 2, 4, 5, 5, None]


def test_what_the_gateway_asks_for_is_waited_and_a_little_more() -> None:
    policy = Retries(first_s=1)
    assert policy.pause(1, 0, 7.0, chance=0.0) == 7.0
    assert policy.pause(1, 0, 7.0, chance=0.5) == 7.5


def test_no_wait_reaches_beyond_patience() -> None:
    policy = Retries(patience_s=10, first_s=1)
    assert policy.pause(1, 2.9, 7.0, chance=0.0) == 7.0
    assert policy.pause(1, 3.1, 7.0, chance=0.0) is None
    assert policy.pause(1, 0, float("inf"), chance=0.0) is None


@given(
    failures=st.integers(1, 50),
    spent=st.floats(0, 1e6),
    asked=st.none() | st.floats(0, 1e6),
    chance=st.floats(0, 1),
)
def test_a_pause_keeps_every_bound(failures: int, spent: float, asked: float | None, chance: float) -> None:
    policy = Retries()
    pause = policy.pause(failures, spent, asked, chance)
    if pause is not None:
        assert failures < policy.attempts
        assert (asked or 0) <= pause <= (asked or 0) + policy.most_s
        assert spent + pause <= policy.patience_s


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("0", 0),
        (" 12 ", 12),
        (format_datetime(NOW + timedelta(seconds=90), usegmt=True), 90),
        (format_datetime(NOW - timedelta(seconds=90), usegmt=True), 0),
        ("Thu, 01 Jan 2026 12:00:30 -0000", 30),
        (None, None),
        ("", None),
        ("soon", None),
        ("-1", None),
        ("1.5", None),
    ],
)
def test_both_forms_of_retry_after_are_read(header: str | None, seconds: float | None) -> None:
    assert retry_after(header, NOW) == seconds
