"""`cache.p50_ms`: a picture asked about again, whole answer, beside one asked about for the first time.

    python -m tests.bench.kept_answers [--out build] [--rounds 40] [--pictures 300]

Real processes with the starters of both views, one client, one thread a view. A round asks with a picture
that nobody sent before; then, a while later, with one that was sent, and at once four times more: the arms
are interleaved. The value is of the repeats that came a while later, twice as long as a view's word counts:
what the views serve was asked of them again by then, in the background. The limit is the gateway's barest
answer, `/healthz`. Writes into bench.json.
"""

import argparse
import json
import os
import statistics
import sys
import tempfile
import time
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import httpx

from diversity_gateway.last_words import FRESH_S
from tests.bench.bench_file import WORSE, finish
from tests.e2e.stack import Stack
from tests.fakes.drawn import drawn

PNG = {"Content-Type": "image/png"}
SIZE = (320, 240)
AT_ONCE = 4
APART_S = 2 * FRESH_S


def took_ms(client: HTTPConnection, picture: bytes | None) -> tuple[float, bytes]:
    """One whole answer over a kept-alive connection, as the client sees it; without a picture `/healthz`.

    The standard library's client: a general one takes longer than a kept answer does.
    """
    started = time.perf_counter()
    if picture is None:
        client.request("GET", "/healthz")
    else:
        client.request("POST", "/divergent?n=5", picture, PNG)
    reply = client.getresponse()
    content = reply.read()
    took = (time.perf_counter() - started) * 1000
    if reply.status != 200 or (picture is not None and not json.loads(content)["exact"]):
        raise RuntimeError(f"no exact answer: {reply.status} {content[:300]!r}")
    return took, content


def results(answer: bytes) -> Any:
    """What an answer says of pictures."""
    return json.loads(answer)["results"]


def asked(client: HTTPConnection, rounds: int) -> tuple[dict[str, list[float]], int]:
    """Milliseconds by arm, and how many repeats were not answered as the first time."""
    known = drawn(1_000_000, size=SIZE)
    expected, others = results(took_ms(client, known)[1]), 0
    times: dict[str, list[float]] = {"first": [], "later": [], "at once": [], "bare": []}
    for number in range(rounds):
        times["first"].append(took_ms(client, drawn(2_000_000 + number, size=SIZE))[0])
        for place in range(1 + AT_ONCE):
            if not place:
                time.sleep(APART_S)
            took, answer = took_ms(client, known)
            times["at once" if place else "later"].append(took)
            others += results(answer) != expected
        times["bare"].append(took_ms(client, None)[0])
    return times, others


def measure(folder: Path, rounds: int, pictures: int) -> dict[str, Any]:
    """The contract's entry; times are medians over `rounds` in milliseconds."""
    settings = {"VIEW_DEADLINE_S": "30", "WAIT_S": "60"}
    # Without a published artifact the views serve their starters.
    with (
        Stack(folder, two_views=True, artifacts=folder / "none", settings=settings) as stack,
        httpx.Client(base_url=stack.gateway.url, timeout=120) as client,
    ):
        for number in range(pictures):
            path = f"/images/p{number}?wait=false"
            client.put(path, content=drawn(number, size=SIZE), headers=PNG).raise_for_status()
        stack.wait_indexed(1_200)
        asking = HTTPConnection("127.0.0.1", stack.gateway.port, timeout=120)
        times, others = asked(asking, rounds)
        asking.close()
    p50 = {name: statistics.median(values) for name, values in times.items()}
    return {
        "name": "cache.p50_ms",
        "value": p50["later"],
        "unit": "ms",
        "baseline": p50["first"],
        "ours": p50["later"],
        "detail": {
            WORSE: [f"{others} repeats had another answer than the first time"] if others else [],
            "rounds": rounds,
            "catalogue": f"{pictures} drawn pictures of {SIZE[0]}×{SIZE[1]}",
            "p95_ms": sorted(times["later"])[int(0.95 * len(times["later"]))],
            "apart_s": APART_S,
            "at_once_p50_ms": p50["at once"],
            "asked_again": f"after {APART_S} s, then {AT_ONCE} times at once, {rounds} times",
            "bare_answer_limit_ms": p50["bare"],
            "threads_a_view": 1,
            "cores": os.cpu_count(),
            "load_average": os.getloadavg()[0],
        },
    }


def main() -> int:
    """Measure, write, print; 1 where a kept answer was another one."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--out", type=Path, default=Path("build"))
    parser.add_argument("--rounds", type=int, default=40)
    parser.add_argument("--pictures", type=int, default=300)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        entry = measure(Path(folder), given.rounds, given.pictures)
    return finish([entry], given.out)


if __name__ == "__main__":
    sys.exit(main())
