"""`serve.batching_speedup`: answers a second to 32 clients, with queries worked on together ÷ each by itself.

    python -m tests.bench.serving [--out build] [--rounds 5] [--pictures 20000]

Two DRML services with the starter over the same files run side by side, one with `TOGETHER=1`; they are asked
in turns, two seconds each. The value is of queries by a picture nobody sent before; queries by id are in
the detail, as are the slowest hundredth of both. Writes into bench.json.
"""

import argparse
import asyncio
import json
import os
import statistics
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from diversity_contracts.columns import COLUMNS_TYPE
from diversity_gateway.kept_connections import KeptConnections
from tests.bench.asking import SIZE, Arm, fresh_pictures
from tests.bench.filled import fill
from tests.bench.kept_answers import merge
from tests.e2e.stack import Stack

CLIENTS, SECONDS, N = 32, 2.0, 86
KINDS = ("picture", "id")


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
    for name in stacks:
        await asked[name]["id"].service.aclose()
        await asked[name]["picture"].service.aclose()
    return {
        "name": "serve.batching_speedup",
        "value": speedups["picture"],
        "unit": "x",
        "baseline": median["off", "picture"],
        "ours": median["on", "picture"],
        "detail": {
            "rounds": rounds,
            "clients": CLIENTS,
            "speedup": speedups,
            "rps": {f"{kind}, {name}": value for (name, kind), value in median.items()},
            "p99_ms": {f"{kind}, {name}": _p99(values) for (name, kind), values in times.items()},
            "catalogue": f"{pictures} clustered vectors; queries {SIZE[0]}×{SIZE[1]}",
            "threads_a_view": 2,
            "cores": os.cpu_count(),
            "load_average": os.getloadavg()[0],
        },
    }


def _p99(values: Sequence[float]) -> float:
    return sorted(values)[int(0.99 * len(values))]


def main() -> None:
    """Measure, write, print."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--out", type=Path, default=Path("build"))
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--pictures", type=int, default=20_000)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        views = {"on": {"THREADS": "2"}, "off": {"THREADS": "2", "TOGETHER": "1"}}
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
    merge(entry, asked.out / "bench.json")
    print(json.dumps(entry, ensure_ascii=False))


if __name__ == "__main__":
    main()
