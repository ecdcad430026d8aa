"""Both views take up artifacts in turn while merged queries come without a pause; heavy: it takes TensorFlow.

ARTIFACTS (20) says how many each view gets. The same question to the same two artifacts has one answer; a
reply that joined numbers of two generations of a view would give another.
"""

import os
import statistics
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.e2e.stack import Stack
from tests.e2e.test_live_artifacts import GATEWAY, PATIENCE_S, PNG, VIEW, resident_mb, take_up, wait
from tests.fakes.caption_artifacts import publish_untrained_caption
from tests.fakes.drawn import drawn

ARTIFACTS = int(os.environ.get("ARTIFACTS", "20"))
PICTURES = 24
QUERIES = 8
START = datetime(2026, 1, 1, tzinfo=UTC)


@dataclass
class Asking:
    """Merged queries without a pause, and what came of them."""

    url: str
    answers: dict[tuple[str, ...], list[Any]] = field(default_factory=dict)
    replies: int = 0
    wrong: list[str] = field(default_factory=list)
    done: threading.Event = field(default_factory=threading.Event)

    def run(self) -> None:
        with httpx.Client(base_url=self.url, timeout=120) as client:
            while not self.done.is_set():
                query = self.replies % QUERIES
                reply = client.post("/divergent?n=5", content=drawn(900 + query), headers=PNG)
                self.replies += 1
                if reply.status_code != 200 or reply.json()["degraded"]:
                    self.wrong.append(reply.text[:500])
                    continue
                answer = reply.json()
                key = (str(query), *(view["artifact"] for view in answer["views"].values()))
                shown = [(entry["image_id"], entry["views"]) for entry in answer["results"]]
                if self.answers.setdefault(key, shown) != shown:
                    self.wrong.append(f"{key}: {shown} and {self.answers[key]}")


def take_up_caption(stack: Stack, number: int) -> None:
    """Publish a captioner and wait until the view serves it."""
    now = START + timedelta(seconds=number)
    version = publish_untrained_caption(stack.artifacts, seed=number, now=now).name
    wait(stack.caption, lambda model: model["artifact"] == version)


@pytest.mark.heavy
def test_both_views_take_up_artifacts_in_turn(
    tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    with Stack(tmp_path, two_views=True, settings=GATEWAY, of_views=VIEW) as stack:
        with httpx.Client(base_url=stack.gateway.url, timeout=120) as client:
            for number in range(PICTURES):
                assert client.put(
                    f"/images/p{number}?wait=false", content=drawn(number), headers=PNG
                ).is_success
        stack.wait_indexed(PATIENCE_S)
        asking = Asking(stack.gateway.url)
        threads = [threading.Thread(target=asking.run) for _ in range(2)]
        for thread in threads:
            thread.start()
        resident = []
        try:
            for number in range(1, ARTIFACTS + 1):
                take_up(stack, {}, number)
                take_up_caption(stack, number)
                resident.append(resident_mb(stack.caption.pid))
                print(number, f"{resident[-1]:.0f} MB", asking.replies, "replies", flush=True)
        finally:
            asking.done.set()
            for thread in threads:
                thread.join()
    quarter = max(1, ARTIFACTS // 4)
    early, late = statistics.median(resident[quarter : 2 * quarter]), statistics.median(resident[-quarter:])
    pairs = {key[1:] for key in asking.answers}
    print(f"{asking.replies} replies of {len(pairs)} pairs of artifacts, {len(asking.wrong)} wrong;")
    print(f"caption-service {early:.0f} MB, then {late:.0f} MB")
    record_property("tried artifacts", 2 * ARTIFACTS)
    record_property("tried replies", asking.replies)
    record_property("lost replies", len(asking.wrong))
    assert asking.wrong == []
    assert len(pairs) > ARTIFACTS
    assert late / early < 1.05
