"""Artifacts published one after the other while queries come without a pause: real processes, real networks.

Every artifact's embedding is the first one's times a factor of its own, so that a distance tells which
generation measured it. ARTIFACTS (5) says how many are published; the heavy test publishes 100 and watches
the memory of the process.
"""

import math
import os
import shutil
import statistics
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from diversity_view.rollback import roll_back
from drml_service.network import NetworkArguments
from tests.e2e.stack import Service, Stack
from tests.fakes.artifacts import publish_untrained, untrained
from tests.fakes.drawn import drawn

ARTIFACTS = int(os.environ.get("ARTIFACTS", "5"))
HUNDRED = int(os.environ.get("ARTIFACTS", "100"))
PICTURES = 24
QUERIES = 16
PNG = {"Content-Type": "image/png"}
PATIENCE_S = 300.0
SETTLING_S = 2.0
ARGUMENTS = NetworkArguments(embedding_dim=64)
START = datetime(2026, 1, 1, tzinfo=UTC)
Note = Callable[[str, object], None]
GATEWAY = {"POLL_S": "0.2", "VIEW_DEADLINE_S": "60"}
VIEW = {"ARTIFACT_POLL_S": "0.2"}


def factor(number: int) -> float:
    """What the embedding of artifact `number` is multiplied by."""
    return 1.0 + number / 4


def publish_scaled(artifacts: Path, number: int) -> str:
    """Publish artifact `number`; its version. A golden answer is compared by its direction, which stays."""
    tensors = untrained(ARGUMENTS).state_dict()
    for name in ("embedding.weight", "embedding.bias"):
        tensors[name] = tensors[name] * factor(number)
    now = START + timedelta(seconds=number)
    return publish_untrained(artifacts, arguments=ARGUMENTS, weights=tensors, now=now).name


@dataclass
class Load:
    """Queries without a pause, and every reply to them."""

    url: str
    versions: dict[str, int]
    near: dict[int, float] = field(default_factory=dict)  # of each query's farthest picture, by artifact 0
    replies: int = 0
    seen: set[str] = field(default_factory=set)
    wrong: list[str] = field(default_factory=list)
    done: threading.Event = field(default_factory=threading.Event)

    def ask(self, client: httpx.Client, query: int) -> dict[str, Any]:
        reply = client.post("/divergent?n=5&raw=true", content=drawn(900 + query), headers=PNG)
        assert reply.status_code == 200, f"{reply.status_code}: {reply.text}"
        answer: dict[str, Any] = reply.json()
        return answer

    def check(self, answer: dict[str, Any], query: int) -> None:
        """One generation: the artifact's factor is in every distance, all pictures are there."""
        artifact = answer["views"]["drml"]["artifact"]
        self.seen.add(artifact)
        wanted = factor(self.versions[artifact])
        farthest = answer["results"][0]["views"]["drml"]["distance"]
        assert farthest == pytest.approx(self.near[query] * wanted, rel=1e-3), artifact
        distances = [entry["views"]["drml"]["distance"] / wanted for entry in answer["results"]]
        assert distances == sorted(distances, reverse=True)
        assert answer["catalogue_size"] == PICTURES
        assert answer["exact"] is True

    def run(self) -> None:
        with httpx.Client(base_url=self.url, timeout=120) as client:
            while not self.done.is_set():
                try:
                    query = self.replies % QUERIES
                    self.check(self.ask(client, query), query)
                except (AssertionError, httpx.HTTPError) as error:
                    self.wrong.append(f"{type(error).__name__}: {error}"[:500])
                self.replies += 1


@contextmanager
def loaded_stack(folder: Path) -> Iterator[tuple[Stack, Load]]:
    """Two threads ask a gateway that holds the pictures, until the block ends."""
    artifacts = folder / "artifacts"
    versions = {publish_scaled(artifacts, 0): 0}
    with Stack(folder, artifacts=artifacts, settings=GATEWAY, of_views=VIEW) as stack:
        with httpx.Client(base_url=stack.gateway.url, timeout=120) as client:
            for number in range(PICTURES):
                reply = client.put(f"/images/p{number}?wait=false", content=drawn(number), headers=PNG)
                assert reply.status_code in {201, 202}, reply.text
            stack.wait_indexed(PATIENCE_S)
            load = Load(stack.gateway.url, versions)
            for query in range(QUERIES):
                load.near[query] = load.ask(client, query)["results"][0]["views"]["drml"]["distance"]
        threads = [threading.Thread(target=load.run) for _ in range(2)]
        for thread in threads:
            thread.start()
        try:
            yield stack, load
        finally:
            load.done.set()
            for thread in threads:
                thread.join()


def take_up(stack: Stack, versions: dict[str, int], number: int) -> None:
    """Publish artifact `number` and wait until the view serves it."""
    version = publish_scaled(stack.artifacts, number)
    versions[version] = number
    wait(stack.drml, lambda model: model["artifact"] == version)


def refused(stack: Stack) -> None:
    """Publish an artifact of weights that are no numbers; wait until the view says that it does not serve."""
    tensors = untrained(ARGUMENTS).state_dict()
    tensors["embedding.bias"] = tensors["embedding.bias"] * math.nan
    bad = publish_untrained(stack.artifacts, arguments=ARGUMENTS, weights=tensors, now=START).name
    wait(
        stack.drml, lambda model: f"{bad}: " in (model["refusal"] or "") and "not finite" in model["refusal"]
    )


def wait(view: Service, holds: Callable[[dict[str, Any]], bool]) -> None:
    """Return once `/model` of the view is as wanted."""
    deadline = time.monotonic() + PATIENCE_S
    while not holds(model := httpx.get(view.url + "/model", timeout=60).json()):
        assert time.monotonic() < deadline, model
        time.sleep(0.05)


def resident_mb(pid: int) -> float:
    """The memory that is really there once a replaced generation is gone: the least within SETTLING_S."""
    least, deadline = math.inf, time.monotonic() + SETTLING_S
    while time.monotonic() < deadline:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
        resident = next(line for line in lines if line.startswith("VmRSS"))
        least = min(least, float(resident.split()[1]) / 1024)
        time.sleep(0.1)
    return least


def noted(load: Load, artifacts: int, record_property: Note) -> None:
    """For the fault table."""
    record_property("tried artifacts", artifacts)
    record_property("tried replies", load.replies)
    record_property("lost replies", len(load.wrong))


def test_artifacts_under_load(tmp_path: Path, record_property: Note) -> None:
    with loaded_stack(tmp_path) as (stack, load):
        first = httpx.post(stack.gateway.url + "/similar?n=2", content=drawn(1), headers=PNG, timeout=60)
        for number in range(1, ARTIFACTS + 1):
            take_up(stack, load.versions, number)
        _, back = roll_back(stack.artifacts, "drml")
        wait(stack.drml, lambda model: model["artifact"] == back)
        refused(stack)
        cursor = {"n": 2, "cursor": first.json()["next_cursor"]}
        stale = httpx.post(
            stack.gateway.url + "/similar", content=drawn(1), headers=PNG, params=cursor, timeout=60
        )
        assert stale.status_code == 410, stale.text
        before = load.replies
        while load.replies < before + 4:
            time.sleep(0.05)
    noted(load, ARTIFACTS, record_property)
    assert load.wrong == []
    assert load.seen >= load.versions.keys() - {min(load.versions)}
    kept = sorted(file.name for file in (tmp_path / "drml").glob("index-*.sqlite"))
    assert len(kept) <= 2


@pytest.mark.heavy
def test_a_hundred_artifacts_and_the_memory_stays_flat(tmp_path: Path, record_property: Note) -> None:
    with loaded_stack(tmp_path) as (stack, load):
        resident, files = [], []
        for number in range(1, HUNDRED + 1):
            take_up(stack, load.versions, number)
            for old in sorted((stack.artifacts / "drml").glob("drml-*"))[:-3]:
                shutil.rmtree(old)
            resident.append(resident_mb(stack.drml.pid))
            files.append(len(list(Path(f"/proc/{stack.drml.pid}/fd").iterdir())))
            print(number, f"{resident[-1]:.0f} MB", files[-1], "files", load.replies, "replies", flush=True)
    tenth = max(1, HUNDRED // 10)
    early, late = statistics.median(resident[tenth : 3 * tenth]), statistics.median(resident[-2 * tenth :])
    growth = late / early - 1
    print(
        f"{load.replies} replies, {len(load.wrong)} wrong; {early:.0f} MB, then {late:.0f} MB: {growth:+.1%}"
    )
    noted(load, HUNDRED, record_property)
    assert load.wrong == []
    assert growth < 0.05
    assert max(files[-2 * tenth :]) <= max(files[tenth : 3 * tenth]) + 2
