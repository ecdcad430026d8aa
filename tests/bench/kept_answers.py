"""`cache.p50_ms`: a picture asked about again, whole answer, beside one asked about for the first time.

    python -m tests.bench.kept_answers [--out build] [--rounds 60] [--pictures 300]

Real processes with the starters of both views, one client, one thread a view. A round asks with a picture
that nobody sent before, then five times with one that was sent: the arms are interleaved. Writes into
bench.json.
"""

import argparse
import json
import os
import statistics
import tempfile
import time
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import httpx

from tests.e2e.stack import Stack
from tests.fakes.drawn import drawn

PNG = {"Content-Type": "image/png"}
SIZE = (320, 240)
AGAIN = 5


def took_ms(client: HTTPConnection, picture: bytes) -> float:
    """One whole answer over a kept-alive connection, as the client sees it.

    The standard library's client: a general one takes longer than a kept answer does.
    """
    started = time.perf_counter()
    client.request("POST", "/divergent?n=5", picture, PNG)
    reply = client.getresponse()
    content = reply.read()
    took = (time.perf_counter() - started) * 1000
    if reply.status != 200 or not json.loads(content)["exact"]:
        raise RuntimeError(f"no exact answer: {reply.status} {content[:300]!r}")
    return took


def measure(folder: Path, rounds: int, pictures: int) -> dict[str, Any]:
    """The contract's entry; times are medians over `rounds` in milliseconds."""
    settings = {"VIEW_DEADLINE_S": "30", "WAIT_S": "60"}
    first, again = list[float](), list[float]()
    # Without a published artifact the views serve their starters.
    with (
        Stack(folder, two_views=True, artifacts=folder / "none", settings=settings) as stack,
        httpx.Client(base_url=stack.gateway.url, timeout=120) as client,
    ):
        for number in range(pictures):
            path = f"/images/p{number}?wait=false"
            client.put(path, content=drawn(number, size=SIZE), headers=PNG).raise_for_status()
        stack.wait_indexed(1_200)
        known = drawn(1_000_000, size=SIZE)
        asking = HTTPConnection("127.0.0.1", stack.gateway.port, timeout=120)
        for _ in range(5):
            took_ms(asking, known)
        for number in range(rounds):
            first.append(took_ms(asking, drawn(2_000_000 + number, size=SIZE)))
            again += [took_ms(asking, known) for _ in range(AGAIN)]
        asking.close()
    return {
        "name": "cache.p50_ms",
        "value": statistics.median(again),
        "unit": "ms",
        "baseline": statistics.median(first),
        "ours": statistics.median(again),
        "detail": {
            "rounds": rounds,
            "catalogue": f"{pictures} drawn pictures of {SIZE[0]}×{SIZE[1]}",
            "p95_ms": sorted(again)[int(0.95 * len(again))],
            "asked_again": f"{AGAIN} times in a row, {rounds} times",
            "threads_a_view": 1,
            "cores": os.cpu_count(),
            "load_average": os.getloadavg()[0],
        },
    }


def merge(entry: dict[str, Any], path: Path) -> None:
    """Put `entry` into the list at `path`, in the place of one with its name."""
    entries = json.loads(path.read_text()) if path.exists() else []
    entries = [other for other in entries if other["name"] != entry["name"]]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps([*entries, entry], indent=1, ensure_ascii=False) + "\n")


def main() -> None:
    """Measure, write, print."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--out", type=Path, default=Path("build"))
    parser.add_argument("--rounds", type=int, default=60)
    parser.add_argument("--pictures", type=int, default=300)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        entry = measure(Path(folder), asked.rounds, asked.pictures)
    merge(entry, asked.out / "bench.json")
    print(json.dumps(entry, ensure_ascii=False))


if __name__ == "__main__":
    main()
