"""`start.first_answer_s`: the whole stack started again over a large catalogue, until its first answer.

    python -m tests.bench.start [--out build] [--rounds 5] [--pictures 100000]

From the moment the three processes are started to the first whole answer of both views to a query by id;
asked again every 20 ms until there is one that lacks nothing. The first start over the files, which may work
things out and keep them, is in the detail. Writes into bench.json.
"""

import argparse
import json
import os
import statistics
import tempfile
import time
from pathlib import Path
from typing import Any

import httpx

from tests.bench.filled import fill
from tests.bench.kept_answers import merge
from tests.e2e.stack import Stack

QUERY = {"image_id": "p7"}
LIMIT_S = 300.0


def first_answer_s(stack: Stack) -> dict[str, float]:
    """Seconds from the start to: each view ready, the gateway ready, the first whole answer."""
    services = {"drml": stack.drml, "caption": stack.caption, "gateway": stack.gateway}
    began, reached = time.perf_counter(), dict[str, float]()
    for service in services.values():
        service.start()
    with httpx.Client(timeout=60) as client:
        while "answer" not in reached:
            if time.perf_counter() - began > LIMIT_S:
                raise TimeoutError(f"no answer; so far {reached}")
            for name, service in services.items():
                if name not in reached and _status(client, f"{service.url}/readyz") == 200:
                    reached[name] = time.perf_counter() - began
            if "gateway" in reached and _answers(client, stack):
                reached["answer"] = time.perf_counter() - began
            time.sleep(0.02)
    return reached


def _status(client: httpx.Client, url: str) -> int:
    try:
        return client.get(url).status_code
    except httpx.TransportError:
        return 0


def _answers(client: httpx.Client, stack: Stack) -> bool:
    reply = client.post(f"{stack.gateway.url}/divergent?n=5", json=QUERY)
    return reply.status_code == 200 and not reply.json()["degraded"] and reply.json()["exact"]


def measure(folder: Path, rounds: int, pictures: int) -> dict[str, Any]:
    """The entry; seconds are medians over `rounds`."""
    # Without a published artifact the views serve their starters.
    stack = Stack(folder, two_views=True, artifacts=folder / "none", settings={"VIEW_DEADLINE_S": "30"})
    found = list[dict[str, float]]()
    with stack:
        fill(stack, folder, pictures)
        for _ in range(1 + rounds):
            stack.stop()
            found.append(first_answer_s(stack))
    first, others = found[0], found[1:]
    medians = {name: statistics.median(one[name] for one in others) for name in first}
    return {
        "name": "start.first_answer_s",
        "value": medians["answer"],
        "unit": "s",
        "baseline": first["answer"],
        "ours": medians["answer"],
        "detail": {
            "rounds": rounds,
            "catalogue": f"{pictures} entries written into the files",
            "seconds": medians,
            "first_start": first,
            "threads_a_view": 1,
            "cores": os.cpu_count(),
            "load_average": os.getloadavg()[0],
        },
    }


def main() -> None:
    """Measure, write, print."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--out", type=Path, default=Path("build"))
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--pictures", type=int, default=100_000)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        entry = measure(Path(name), asked.rounds, asked.pictures)
    merge(entry, asked.out / "bench.json")
    print(json.dumps(entry, ensure_ascii=False))


if __name__ == "__main__":
    main()
