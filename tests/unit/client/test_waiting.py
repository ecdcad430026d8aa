"""Waiting for the views, with what a person sees meanwhile."""

import io

import pytest
from rich.console import Console

from diversity_client.command.progress import LOG_S, Meter
from diversity_client.ingesting.indexing import Stalled, wait_indexed
from tests.unit.client.fake_gateway import FakeGateway


def test_it_returns_once_nothing_is_pending() -> None:
    gateway, seen = FakeGateway(pending=[5, 3, 3, 0]), list[int]()
    with gateway.client() as client:
        wait_indexed(client, watch=seen.append, pause=lambda seconds: None, now=lambda: 0.0)
    assert seen == [5, 3, 3, 0]


def test_views_that_take_nothing_in_are_not_waited_for_forever() -> None:
    gateway, clock = FakeGateway(pending=[9, 8]), [0.0]

    def pause(seconds: float) -> None:
        clock[0] += seconds

    with gateway.client() as client, pytest.raises(Stalled, match="8 pictures wait"):
        wait_indexed(client, pause=pause, now=lambda: clock[0], stall_s=30)
    assert 30 <= clock[0] <= 32


def test_a_log_gets_a_line_now_and_then() -> None:
    out, clock = io.StringIO(), [0.0]
    with Meter(Console(file=out, width=80), "sending", 100, now=lambda: clock[0]) as meter:
        for done in range(1, 101):
            clock[0] += LOG_S / 20
            meter.show(done, "1 refused")
    assert out.getvalue().splitlines() == [
        f"sending: {done} of 100 1 refused" for done in (20, 40, 60, 80, 100)
    ]


def test_a_terminal_gets_a_bar() -> None:
    out = io.StringIO()
    console = Console(file=out, width=120, force_terminal=True)
    with Meter(console, "sending", 100) as meter:
        meter.show(37, "2 refused")
    assert "37/100" in out.getvalue()
    assert "2 refused" in out.getvalue()


def test_a_quiet_one_says_nothing() -> None:
    out = io.StringIO()
    with Meter(Console(file=out, force_terminal=True), "sending", 9, quiet=True) as meter:
        meter.show(3)
    assert out.getvalue() == ""
