"""What requests may not leave open: files, connections and threads of the gateway, over some hundred of them.

The light sibling of `test_soak.py`, before views that weigh nothing. What grows with the requests shows; how
memory behaves over an hour does not.
"""

import random
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from tests.e2e.faults.footprint import Footprint, footprint
from tests.e2e.faults.polite_stack import polite_stack
from tests.e2e.faults.test_soak import PICTURES, Mixed, growth, is_flat

WARMING, ASKED = 40, 120


def test_nothing_stays_open(tmp_path: Path, record_property: Callable[[str, object], None]) -> None:
    with polite_stack(tmp_path) as stack:
        for number in range(PICTURES):
            assert stack.add(f"p{number}", number).status_code in {201, 202}
        load, source = Mixed(stack.gateway.url), random.Random(1)

        def after(requests: int) -> Footprint:
            with httpx.Client(base_url=stack.gateway.url, timeout=60) as client:
                for _ in range(requests):
                    load.ask(client, source)
                return footprint(stack.gateway.pid)

        early, late = after(WARMING), after(ASKED)
    record_property("tried requests", load.requests)
    record_property("lost requests", len(load.failed))
    assert load.failed == []
    # A leak of one in four requests is 30.
    assert late.files <= early.files + 15
    assert late.threads <= early.threads + 15


@pytest.mark.parametrize(
    ("leak", "flat"),
    [
        ((0.0, 0, 0), True),
        ((0.001, 0, 0), True),
        ((0.01, 0, 0), False),
        ((0, 1, 0), False),
        ((0, 0, 1), False),
    ],
)
def test_what_grows_is_told_from_what_does_not(leak: tuple[float, int, int], flat: bool) -> None:
    """Sixty samples, of which each holds so much more than the one before."""
    memory, files, threads = leak
    samples = [
        Footprint(200 * (1 + memory * number), 40 + files * number, 20 + threads * number)
        for number in range(60)
    ]
    assert is_flat(*growth(samples)) is flat
