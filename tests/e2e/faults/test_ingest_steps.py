"""kill -9 of the gateway at every step of an ingest, one after the other: nothing acknowledged is lost.

INGEST_KILLS (500) is how many it is killed in all; the pictures and the views stay from one kill to the next.
The first picture that is lost ends it.
"""

import os
import threading
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from tests.e2e.faults.polite_stack import PNG, PoliteStack, polite_stack
from tests.e2e.test_kill import Ledger, check_catalogue, send
from tests.fakes.drawn import drawn
from tests.fakes.waiting import PATIENCE_S

KILLS = int(os.environ.get("INGEST_KILLS", "500"))
STEPS = 100  # some pictures' worth: every step of one comes up at least twice
ENDS = {"drml": "nearest", "caption": "similar"}
SOME = 4  # new pictures written after a start, unless a kill comes first, and as many replaced or deleted
REPLACED = 11  # `send` gives a multiple of it other content each time, so that the write is one


def written(stack: PoliteStack, ledger: Ledger, round_: int) -> None:
    """New pictures, replaced and deleted ones, until the gateway dies."""
    new = [1_000 + round_ * SOME + place for place in range(SOME)]
    known = [REPLACED * ((round_ * SOME + place) % 30) for place in range(SOME)]
    numbers = [number for pair in zip(new, known, strict=True) for number in pair]
    send(stack.gateway.url, ledger, numbers, threading.Event(), round_)


def held(view_url: str, end: str) -> set[str]:
    """The ids that a view would find."""
    reply = httpx.post(f"{view_url}/{end}?n=100000", content=drawn(1), headers=PNG, timeout=60)
    return {entry["image_id"] for entry in reply.json()["results"]}


def equal_views(stack: PoliteStack, listed: dict[str, str]) -> bool:
    """Whether both views hold the catalogue, within PATIENCE_S."""
    waited = threading.Event()
    for _ in range(int(PATIENCE_S / 0.1)):
        if all(held(view.url, ENDS[name]) == set(listed) for name, view in stack.views.items()):
            return True
        waited.wait(0.1)
    return False


def is_dead(url: str) -> bool:
    """Whether nobody answers."""
    try:
        httpx.get(f"{url}/healthz", timeout=60)
    except httpx.TransportError:
        return True
    return False


@pytest.mark.heavy
def test_killed_at_every_step(tmp_path: Path, record_property: Callable[[str, object], None]) -> None:
    ledger, kills = Ledger(), 0
    listed: dict[str, str] = {}
    kill_at = tmp_path / "kill_at"
    kill_at.write_text("0")
    module = "tests.e2e.faults.killed_gateway"
    with polite_stack(tmp_path, module=module, KILL_AT=str(kill_at)) as stack:
        gateway = stack.gateway
        gateway.stop()
        for round_ in range(KILLS):
            kill_at.write_text(str(1 + round_ % STEPS))
            gateway.start()
            gateway.wait_ready("/healthz")
            listed = check_catalogue(gateway.url, ledger, ledger.latest())
            if ledger.lost:
                break
            written(stack, ledger, round_)
            kills += is_dead(gateway.url)
            gateway.kill()
            if round_ % 20 == 19:
                print(f"{kills} kills, {len(listed)} pictures", flush=True)
        kill_at.write_text("0")
        gateway.start()
        gateway.wait_ready()
        listed = check_catalogue(gateway.url, ledger)
        equal = equal_views(stack, listed)
    record_property("tried kills", kills)
    record_property("tried pictures", len(ledger.ids()))
    record_property("lost pictures", len(ledger.lost))
    record_property("lost views", int(not equal))
    assert ledger.lost == set()
    assert equal
    assert kills >= KILLS * 0.9  # a step past the last one of a round kills nobody
