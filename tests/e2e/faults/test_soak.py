"""An hour of mixed load on the real views: nothing fails, memory and file descriptors stay flat.

SOAK_S (3600) is how long; SOAK_S=30 is a rehearsal, too short to tell growth from warming up.
"""

import os
import random
import statistics
import threading
import time
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from tests.e2e.faults.footprint import Footprint, footprint
from tests.e2e.stack import Service, Stack
from tests.fakes.drawn import drawn

SOAK_S = float(os.environ.get("SOAK_S", "3600"))
LONG_S = 600.0  # from here on growth is a finding
SAMPLES = 60
PICTURES = 60
CLIENTS = 3
PNG = {"Content-Type": "image/png"}


class Mixed:
    """Queries of every kind among writes; counts what was not answered as it should."""

    def __init__(self, url: str) -> None:
        self.requests, self.failed = 0, list[str]()
        self.stop = threading.Event()
        self._url, self._lock = url, threading.Lock()

    def run(self, seed: int) -> None:
        source = random.Random(seed)
        with httpx.Client(base_url=self._url, timeout=60) as client:
            while not self.stop.is_set():
                self.ask(client, source)

    def ask(self, client: httpx.Client, source: random.Random) -> None:
        """One request."""
        reply, allowed = self._one(client, source)
        with self._lock:
            self.requests += 1
            if reply.status_code not in allowed:
                self.failed.append(f"{reply.status_code} {reply.request.url}: {reply.text[:200]}")

    def _one(self, client: httpx.Client, source: random.Random) -> tuple[httpx.Response, set[int]]:
        number, mode = source.randrange(PICTURES), source.choice(["divergent", "similar"])
        fresh, data = f"extra{source.randrange(40)}", drawn(source.randrange(5_000))
        match source.randrange(8):
            case 0 | 1:
                return client.post(f"/{mode}?n=5", content=data, headers=PNG), {200}
            case 2 | 3:
                return client.post(f"/{mode}?n=10", json={"image_id": f"p{number}"}), {200}
            case 4:
                history = [{"image_id": f"p{number}"}, {"image_id": f"p{(number + 7) % PICTURES}"}]
                return client.post(f"/{mode}", json={"history": history}), {200}
            case 5:
                return client.put(f"/images/{fresh}?wait=false", content=data, headers=PNG), {200, 201, 202}
            case 6:
                return client.delete(f"/images/{fresh}?wait=false"), {204, 404}
            case _:
                return client.get(f"/images/p{number}/content?size=thumb"), {200}


def growth(samples: list[Footprint]) -> tuple[float, int, int]:
    """Of the memory, as a share, of the files, of the threads: the last third over the second one."""
    third = len(samples) // 3
    early, late = samples[third : 2 * third], samples[-third:]
    memory = [statistics.median(one.memory_mb for one in part) for part in (early, late)]
    files = [statistics.median_high(one.files for one in part) for part in (early, late)]
    threads = [statistics.median_high(one.threads for one in part) for part in (early, late)]
    return memory[1] / memory[0] - 1, files[1] - files[0], threads[1] - threads[0]


def is_flat(memory: float, files: int, threads: int) -> bool:
    """Whether what has grown is no finding: less than a twentieth, no more than a handful."""
    return memory < 0.05 and files <= 4 and threads <= 4


@pytest.mark.heavy
def test_memory_and_files_stay_flat(tmp_path: Path, record_property: Callable[[str, object], None]) -> None:
    # Kept answers fill 64 MiB by default, which takes longer than a third of this: that is no leak.
    settings = {"VIEW_DEADLINE_S": "30", "CACHE_BYTES": "1000000"}
    with Stack(tmp_path, two_views=True, settings=settings) as stack:
        for number in range(PICTURES):
            url = f"{stack.gateway.url}/images/p{number}?wait=false"
            assert httpx.put(url, content=drawn(number), headers=PNG, timeout=60).status_code in {201, 202}
        stack.wait_indexed(240)
        services: dict[str, Service] = {
            "gateway": stack.gateway, "drml": stack.drml, "caption": stack.caption,
        }  # fmt: skip
        samples: dict[str, list[Footprint]] = {name: [] for name in services}
        load = Mixed(stack.gateway.url)
        clients = [threading.Thread(target=load.run, args=(seed,)) for seed in range(CLIENTS)]
        for client in clients:
            client.start()
        for _ in range(SAMPLES):
            time.sleep(SOAK_S / SAMPLES)
            for name, service in services.items():
                samples[name].append(footprint(service.pid))
        load.stop.set()
        for client in clients:
            client.join()
    record_property("tried requests", load.requests)
    record_property("tried seconds", int(SOAK_S))
    record_property("lost requests", len(load.failed))
    grown = {name: growth(of_one) for name, of_one in samples.items()}
    for name, (memory, files, more) in grown.items():
        last = samples[name][-1].memory_mb
        print(f"{name}: {last:.0f} MB, {memory:+.1%}; {files:+} files; {more:+} threads", flush=True)
    assert load.failed == []
    if SOAK_S >= LONG_S:
        assert all(is_flat(*one) for one in grown.values()), grown
