"""`ingest.images_per_s`: pictures taken in and indexed by both views, beside the two encoders alone.

    python -m tests.bench.ingesting [--out build] [--rounds 5] [--pictures 96]

A round sends new pictures to the gateway, 24 in a request and four requests at once, until both views have
them all; then both encoders get the same pictures, each in a process of its own, both at the same time, and
the slower one counts. `share` in the detail is the first rate ÷ the second; `catalogue_per_s` is how fast the
gateway alone took them. One thread a view in both arms. Writes into bench.json.
"""

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx

from tests.bench.asking import SIZE, picture
from tests.bench.bench_file import finish
from tests.e2e.stack import Stack

THREADS, PART, AT_ONCE = "1", 24, 4
Child = subprocess.Popen[str]


@contextmanager
def encoders() -> Iterator[list[Child]]:
    """The two encoders' processes, ready."""
    command = [sys.executable, "-m", "tests.bench.encoders_alone"]
    children = [
        subprocess.Popen(
            [*command, kind, THREADS], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
            env={**os.environ, "OMP_NUM_THREADS": THREADS},
        )
        for kind in ("drml", "caption")
    ]  # fmt: skip
    try:
        for child in children:
            _said(child)
        yield children
    finally:
        for child in children:
            child.communicate(timeout=60)


def alone_s(children: list[Child], first: int, count: int) -> float:
    """Seconds of the slower encoder, both at work."""
    for child in children:
        _tell(child, f"{first} {count}")
    for child in children:
        _said(child)
    for child in children:
        _tell(child, "go")
    return max(float(_said(child)) for child in children)


def _tell(child: Child, line: str) -> None:
    if child.stdin is None:
        raise RuntimeError("an encoder without standard input")
    child.stdin.write(line + "\n")
    child.stdin.flush()


def _said(child: Child) -> str:
    line = "" if child.stdout is None else child.stdout.readline().strip()
    if not line:
        raise RuntimeError("an encoder ended")
    return line


def taken_in_s(client: httpx.Client, first: int, count: int) -> tuple[float, float]:
    """Seconds until the catalogue has new pictures, and until both views have them."""
    pictures = [picture(first + number) for number in range(count)]

    def send(start: int) -> None:
        files = [
            ("image", (f"p{first + start + place}.jpg", data, "image/jpeg"))
            for place, data in enumerate(pictures[start : start + PART])
        ]
        client.post("/images", params={"wait": "false"}, files=files).raise_for_status()

    started = time.perf_counter()
    with ThreadPoolExecutor(AT_ONCE) as pool:
        list(pool.map(send, range(0, count, PART)))
    stored = time.perf_counter() - started
    while any(view["pending"] for view in client.get("/stats").json()["views"].values()):
        time.sleep(0.02)
    return stored, time.perf_counter() - started


def measure(folder: Path, rounds: int, count: int) -> dict[str, Any]:
    """The contract's entry; rates are medians over `rounds`."""
    found: dict[str, list[float]] = {"catalogue": [], "views": [], "alone": []}
    # Without a published artifact the views serve their starters.
    stack = Stack(folder, two_views=True, artifacts=folder / "none", of_views={"THREADS": THREADS})
    with stack, encoders() as children, httpx.Client(base_url=stack.gateway.url, timeout=300) as client:
        for number in range(rounds + 1):
            stored, indexed = taken_in_s(client, number * count, count)
            alone = alone_s(children, number * count, count)
            if number:
                for name, seconds in (("catalogue", stored), ("views", indexed), ("alone", alone)):
                    found[name].append(count / seconds)
    median = {name: statistics.median(values) for name, values in found.items()}
    shares = [ours / alone for ours, alone in zip(found["views"], found["alone"], strict=True)]
    return {
        "name": "ingest.images_per_s",
        "value": median["views"],
        "unit": "img/s",
        "baseline": median["alone"],
        "ours": median["views"],
        "detail": {
            "rounds": rounds,
            "share": statistics.median(shares),
            "encoders_alone_limit_per_s": median["alone"],
            "catalogue_per_s": median["catalogue"],
            "pictures": f"{count} a round, {SIZE[0]}×{SIZE[1]}",
            "threads_a_view": int(THREADS),
            "cores": os.cpu_count(),
            "load_average": os.getloadavg()[0],
        },
    }


def main() -> int:
    """Measure, write, print."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--out", type=Path, default=Path("build"))
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--pictures", type=int, default=96)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        entry = measure(Path(name), asked.rounds, asked.pictures)
    return finish([entry], asked.out)


if __name__ == "__main__":
    sys.exit(main())
