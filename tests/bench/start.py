"""`start.first_answer_s`: the whole stack started again over a large catalogue, until its first answer.

    python -m tests.bench.start [--out build] [--rounds 5] [--pictures 100000]

From the moment the three processes are started to the first whole answer of both views to a query by id. It
is asked for once all three say that they are ready, which is looked at ten times a second: partial answers
before that would take the cores that a view starts on. In this order: a start over files from which nothing
was worked out yet, the first restart after it, `--rounds` further restarts, and as many after all three
processes were killed. The value is the slower of the first restart and the median of the others; the rest is
in the detail. Writes into bench.json.
"""

import argparse
import os
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import httpx

from tests.bench.bench_file import finish
from tests.bench.filled import fill_and_stop
from tests.e2e.stack import Stack

QUERY = {"image_id": "p7"}
LIMIT_S = 300.0
LOOK_S = 0.1


def first_answer_s(stack: Stack) -> dict[str, float]:
    """Seconds from the start to: each view ready, the gateway ready, the first whole answer."""
    services = {"drml": stack.drml, "caption": stack.caption, "gateway": stack.gateway}
    began, reached = time.perf_counter(), dict[str, float]()
    for service in services.values():
        service.start()
    with httpx.Client(timeout=60) as client:
        while len(reached) < len(services) + 1:
            if time.perf_counter() - began > LIMIT_S:
                raise TimeoutError(f"no answer; so far {reached}")
            for name, service in services.items():
                if name not in reached and _status(client, f"{service.url}/readyz") == 200:
                    reached[name] = time.perf_counter() - began
            if reached.keys() == services.keys() and _answers(client, stack):
                reached["answer"] = time.perf_counter() - began
            time.sleep(LOOK_S)
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
    """The entry; seconds are medians over `rounds` where there are several."""
    # Without a published artifact the views serve their starters.
    stack = Stack(folder, two_views=True, artifacts=folder / "none", settings={"VIEW_DEADLINE_S": "30"})
    again, killed = list[dict[str, float]](), list[dict[str, float]]()
    with stack:
        fill_and_stop(stack, folder, pictures)
        cold = first_answer_s(stack)
        for _ in range(1 + rounds):
            stack.stop()
            again.append(first_answer_s(stack))
        for _ in range(rounds):
            for service in (stack.gateway, *stack.views):
                service.kill()
            killed.append(first_answer_s(stack))
    first, others = again[0], _medians(again[1:])
    slower = max(first, others, key=lambda one: one["answer"])
    return {
        "name": "start.first_answer_s",
        "value": slower["answer"],
        "unit": "s",
        "baseline": cold["answer"],
        "ours": slower["answer"],
        "detail": {
            "rounds": rounds,
            "catalogue": f"{pictures} entries written into the files",
            "baseline": "a start over files of which nothing was worked out",
            "first_restart": first,
            "restarts": others,
            "after_kill": _medians(killed),
            "nothing_worked_out": cold,
            "threads_a_view": 1,
            "cores": os.cpu_count(),
            "load_average": os.getloadavg()[0],
        },
    }


def _medians(found: list[dict[str, float]]) -> dict[str, float]:
    return {name: statistics.median(one[name] for one in found) for name in found[0]}


def main() -> int:
    """Measure, write, print."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--out", type=Path, default=Path("build"))
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--pictures", type=int, default=100_000)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        entry = measure(Path(name), asked.rounds, asked.pictures)
    return finish([entry], asked.out)


if __name__ == "__main__":
    sys.exit(main())
