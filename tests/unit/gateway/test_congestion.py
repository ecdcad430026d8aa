"""The learned limit: up while all is quick, down once where all is slow."""

import pytest

from diversity_gateway.congestion import LEAST, Congestion

TARGET_S = 1.0


def after(
    known: Congestion, started: float, took: float, *, most: int = 64, saturated: bool = True
) -> Congestion:
    return known.after(started, started + took, target_s=TARGET_S, most=most, saturated=saturated)


def test_quick_requests_raise_a_limit_that_is_in_use() -> None:
    known = Congestion(16)
    for moment in range(2_000):
        known = after(known, moment, 0.1)
    assert known.limit == pytest.approx(min(64, (16**2 + 2 * 2_000) ** 0.5), abs=1)
    assert after(Congestion(16), 0, 0.1, saturated=False).limit == 16
    assert after(Congestion(64), 0, 0.1).limit == 64


def test_a_burst_of_slow_requests_lowers_it_once() -> None:
    """All of them began before the limit was taken down, so they tell nothing of the new one."""
    known = Congestion(20)
    for began in range(10):
        known = after(known, began / 100, 3.0)
    assert known.limit == pytest.approx(18)
    assert after(known, 5.0, 3.0).limit == pytest.approx(16.2)


def test_it_never_falls_below_the_least() -> None:
    known = Congestion(16)
    for moment in range(100):
        known = after(known, 10 * moment, 3.0)
    assert known.limit == LEAST
    assert after(Congestion(2), 0, 3.0, most=2).limit == 2


def test_the_wait_by_littles_law() -> None:
    """4 at once, 0.2 s each: 20 a second, so the tenth in the queue waits half a second."""
    known = after(Congestion(4), 0, 0.2, saturated=False)
    assert known.wait_s(9) == pytest.approx(0.5)
    assert Congestion(4).wait_s(9) == 0


def test_a_simulated_server_is_kept_busy_but_not_drowned() -> None:
    """Ten workers of 0.3 s behind the limit: the queue before them may take what the target leaves.

    33 a second at most, so a request takes 1 s where 33 are let through.
    """
    known, moment = Congestion(16), 0.0
    for _ in range(5_000):
        inside = int(known.limit)
        took = max(0.3, inside * 0.03)
        known, moment = after(known, moment, took), moment + took / inside
        assert inside >= LEAST
    assert 26 <= known.limit <= 36
