"""`serve.batching_speedup`: answers a second to 32 clients, with queries worked on together ÷ each by itself.

    python -m tests.bench.serving [--out build] [--rounds 5] [--pictures 20000]

Two DRML services with the starter over the same files run side by side, one with `TOGETHER=1`; they are asked
in turns, two seconds each. The value is of queries by a picture nobody sent before; queries by id are in
the detail, as are the slowest hundredth of both, judged. The limit is the encoder alone, 32 pictures at a
time on the same threads. Both services are also asked the same by 32 clients at once: answers that differ
fail the bench. Writes into bench.json.
"""

import argparse
import asyncio
import json
import os
import statistics
import sys
import tempfile
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from diversity_contracts.columns import COLUMNS_TYPE
from diversity_contracts.manifest import verify
from diversity_gateway.kept_connections import KeptConnections
from drml_service.artifact import STARTER
from drml_service.encoder import NetworkEncoder
from tests.bench.asking import SIZE, Arm, fresh_pictures, picture
from tests.bench.bench_file import WORSE, finish
from tests.bench.filled import fill
from tests.bench.turns import medians_ms
from tests.e2e.stack import Stack
from tests.fakes.drawn import draw

CLIENTS, SECONDS, N, THREADS = 32, 2.0, 86, 2
KINDS = ("picture", "id")
COMPARED, FIRST_COMPARED = 96, 10**8  # queries, pictures that no arm is timed with
SAME = 1e-4  # between the distances of two answers to one question
Distances = dict[str, float]


def arms(stack: Stack, pictures: int) -> dict[str, Arm]:
    """What the gateway asks of a view for five divergent pictures, by picture and by id."""
    view, following, ids = KeptConnections(stack.drml.url), fresh_pictures(), iter(range(10**9))

    def by_id() -> bytes:
        return json.dumps({"image_id": f"p{next(ids) * 7_919 % pictures}"}).encode()

    columns = {"Accept": COLUMNS_TYPE}
    path = f"/farthest?n={N}"
    return {
        "picture": Arm(
            view, f"{path}&representation=true", {"Content-Type": "image/jpeg"} | columns, following
        ),
        "id": Arm(view, path, {"Content-Type": "application/json"} | columns, by_id),
    }


async def answers(
    view: KeptConnections, questions: Sequence[tuple[dict[str, str], bytes]]
) -> list[Distances]:
    """The lists of `questions`, asked by so many clients at once: distances by id."""
    turn = asyncio.Semaphore(CLIENTS)

    async def one(headers: dict[str, str], body: bytes) -> Distances:
        async with turn:
            _, content = await Arm(view, f"/farthest?n={N}", headers, lambda: body).ask()
        return {found["image_id"]: found["distance"] for found in json.loads(content)["results"]}

    return await asyncio.gather(*(one(headers, body) for headers, body in questions))


async def compared(stacks: dict[str, Stack], pictures: int) -> dict[str, Any]:
    """The same questions to both services, and how their answers differ."""
    questions = [({"Content-Type": "image/jpeg"}, picture(FIRST_COMPARED + n)) for n in range(COMPARED)]
    questions += [
        ({"Content-Type": "application/json"}, json.dumps({"image_id": f"p{n * 101 % pictures}"}).encode())
        for n in range(COMPARED)
    ]
    found = {}
    for name, stack in stacks.items():
        view = KeptConnections(stack.drml.url)
        found[name] = await answers(view, questions)
        await view.aclose()
    pairs = list(zip(found["on"], found["off"], strict=True))
    return {
        "questions": len(pairs),
        "identical_lists": sum(list(on) == list(off) for on, off in pairs) / len(pairs),
        "largest_difference": max(difference(on, off) for on, off in pairs),
    }


def difference(one: Mapping[str, float], other: Mapping[str, float]) -> float:
    """The largest between the distances of two lists of the farthest, place by place and id by id; an id
    that only one has differs by as much as it stands before the other's end."""
    apart = [abs(a - b) for a, b in zip(one.values(), other.values(), strict=True)]
    for here, there in ((one, other), (other, one)):
        end = min(there.values())
        apart += [abs(far - there.get(name, end)) for name, far in here.items()]
    return max(apart)


def encoder_limit_per_s(rounds: int) -> float:
    """Pictures a second through the starter's network alone, 32 at a time."""
    encoder = NetworkEncoder.load(STARTER, verify(STARTER, "drml"), threads=THREADS)
    inputs = [encoder.prepare(draw(number, size=SIZE)) for number in range(CLIENTS)]
    return 1000 * CLIENTS / medians_ms({"all": partial(encoder.encode, inputs)}, rounds)["all"]


async def measure(stacks: dict[str, Stack], rounds: int, pictures: int) -> dict[str, Any]:
    """The contract's entry; rates are medians over `rounds`."""
    asked = {name: arms(stack, pictures) for name, stack in stacks.items()}
    rates: dict[tuple[str, str], list[float]] = {(name, kind): [] for name in stacks for kind in KINDS}
    times: dict[tuple[str, str], list[float]] = {key: [] for key in rates}
    for number in range(rounds + 1):
        for (name, kind), found in rates.items():
            rate, took = await asked[name][kind].rate(CLIENTS, SECONDS)
            if number:
                found.append(rate)
                times[name, kind] += took
    median = {key: statistics.median(values) for key, values in rates.items()}
    speedups = {kind: median["on", kind] / median["off", kind] for kind in KINDS}
    for service in {arm.service for kinds in asked.values() for arm in kinds.values()}:
        await service.aclose()
    p99 = {key: _p99(values) for key, values in times.items()}
    alike = await compared(stacks, pictures)
    far = alike["largest_difference"]
    limit = encoder_limit_per_s(rounds)
    return {
        "name": "serve.batching_speedup",
        "value": speedups["picture"],
        "unit": "x",
        "baseline": median["off", "picture"],
        "ours": median["on", "picture"],
        "detail": {
            WORSE: [] if far <= SAME else [f"answers together and alone differ by {far:.3g}"],
            "rounds": rounds,
            "clients": CLIENTS,
            "speedup": speedups,
            "rps": {f"{kind}, {name}": value for (name, kind), value in median.items()},
            "p99_ms": {f"{kind}, {name}": value for (name, kind), value in p99.items()},
            "p99_no_worse": {kind: p99["on", kind] <= p99["off", kind] for kind in KINDS},
            "answers": alike,
            "encoder_limit_per_s": limit,
            "of_the_limit": median["on", "picture"] / limit,
            "catalogue": f"{pictures} clustered vectors; queries {SIZE[0]}×{SIZE[1]}",
            "threads_a_view": THREADS,
            "cores": os.cpu_count(),
            "load_average": os.getloadavg()[0],
        },
    }


def _p99(values: Sequence[float]) -> float:
    return sorted(values)[int(0.99 * len(values))]


def main() -> int:
    """Measure, write, print; 1 where working together changes an answer."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--out", type=Path, default=Path("build"))
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--pictures", type=int, default=20_000)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        views = {"on": {"THREADS": str(THREADS)}, "off": {"THREADS": str(THREADS), "TOGETHER": "1"}}
        for arm in views:
            (folder / arm).mkdir()
        # Without a published artifact the view serves its starter.
        stacks = {
            arm: Stack(folder / arm, artifacts=folder / "none", of_views=own) for arm, own in views.items()
        }
        with stacks["on"], stacks["off"]:
            for arm, stack in stacks.items():
                fill(stack, folder / arm, asked.pictures)
            entry = asyncio.run(measure(stacks, asked.rounds, asked.pictures))
    return finish([entry], asked.out)


if __name__ == "__main__":
    sys.exit(main())
