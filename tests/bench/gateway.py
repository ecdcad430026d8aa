"""`gateway.tax_ms` and `gateway.rps_ratio`: what the gateway costs over asking the views directly.

    python -m tests.bench.gateway [--out build] [--rounds 60] [--pictures 300] [--large 100000]

Real processes with the starters of both views, over `--pictures` drawn pictures, then over `--large` entries
written into the files. A direct arm asks a view for exactly what the gateway asks of it first for such a
query: such a picture, the same depth, the same form of reply; the one of both views asks both at the same
time, and is spared the second question, in which the gateway has each view measure what the other listed.
Arms are interleaved, one query each for the times, a second each for the rates; no picture is asked about
twice, and the gateway keeps no answers. The values are of one view, by a picture, the worse of the two
catalogues. The limit is the gateway's barest answer, `/healthz`: one more process on the way costs as much.
Writes into bench.json.
"""

import argparse
import asyncio
import json
import os
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import httpx

from diversity_contracts.columns import COLUMNS_TYPE
from diversity_gateway.depths import first_depth
from diversity_gateway.exchange import Request
from diversity_gateway.kept_connections import KeptConnections
from diversity_gateway.likeness import WINDOW
from diversity_gateway.picking import Choice
from diversity_gateway.wishes import Wish
from tests.bench.asking import SIZE, Arm, AtOnce, Question, fresh_pictures, processor_ms
from tests.bench.bench_file import finish
from tests.bench.filled import fill
from tests.e2e.stack import Stack
from tests.fakes.drawn import drawn

N, CLIENTS, SECONDS = 5, 16, 1.0
WARM = 10
JPEG = {"Content-Type": "image/jpeg"}
JSON = {"Content-Type": "application/json"}
# The gateway's lanes refuse what would wait long; here nothing may be refused.
PATIENT = {"VIEW_DEADLINE_S": "30", "WAIT_S": "60", "CACHE_BYTES": "0", "MAX_WAIT_S": "30"}
# What is asked with, of how many views; each has an arm that is `directly`.
KINDS = ("picture", "id", "picture, both views", "id, both views")


def depth_of(weights: dict[str, float], pictures: int) -> int:
    """Entries that the gateway asks of each view first."""
    wanted = Choice(offset=0, count=N).needed + WINDOW
    return first_depth(Wish("divergent", wanted, weights, listed=N), pictures, pictures, len(weights))


def arms(stack: Stack, pictures: int) -> dict[str, Question]:
    """By a picture of the caller's and by id, of one view and of both, directly and through the gateway."""
    looks, words = KeptConnections(stack.drml.url), KeptConnections(stack.caption.url)
    gateway, following = KeptConnections(stack.gateway.url), fresh_pictures()
    ids = iter(range(10**9))

    def by_id() -> bytes:
        return json.dumps({"image_id": f"p{next(ids) % pictures}"}).encode()

    found: dict[str, Question] = {}
    both = depth_of({"drml": 1.0, "caption": 1.0}, pictures)
    columns, path = {"Accept": COLUMNS_TYPE}, f"/divergent?n={N}"
    for kind, headers, body, more in (
        ("picture", JPEG, following, "&representation=true"),
        ("id", JSON, by_id, ""),
    ):
        alone = f"/farthest?n={depth_of({'drml': 1.0}, pictures)}{more}"
        asked = headers | columns
        found[f"{kind}, directly"] = Arm(looks, alone, asked, body)
        found[kind] = Arm(gateway, f"{path}&views=drml", headers, body)
        found[f"{kind}, both views, directly"] = AtOnce(
            (
                Arm(looks, f"/farthest?n={both}{more}", asked, body),
                Arm(words, f"/divergent?n={both}{more}", asked, body),
            )
        )
        found[f"{kind}, both views"] = Arm(gateway, path, headers, body)
    return found


async def bare_ms(stack: Stack, rounds: int) -> float:
    """The median of the gateway's barest answer."""
    service, took = KeptConnections(stack.gateway.url), list[float]()
    for _ in range(WARM + rounds):
        started = time.perf_counter()
        await service.ask(Request("GET", "/healthz", {}, b"", 60.0))
        took.append((time.perf_counter() - started) * 1000)
    await service.aclose()
    return statistics.median(took[WARM:])


async def measure(stack: Stack, rounds: int, pictures: int) -> dict[str, Any]:
    """Over one catalogue: medians of every arm, and what the gateway adds."""
    asked = arms(stack, pictures)
    took: dict[str, list[float]] = {name: [] for name in asked}
    for number in range(WARM + rounds):
        for name, arm in asked.items():
            milliseconds, _ = await arm.ask()
            if number >= WARM:
                took[name].append(milliseconds)
    rates: dict[str, list[float]] = {name: [] for name in asked}
    worked: dict[str, list[float]] = {name: [] for name in KINDS}
    for number in range(6):
        for name, found in rates.items():
            before = processor_ms(stack.gateway.pid)
            rate, replies = await asked[name].rate(CLIENTS, SECONDS)
            if number:
                found.append(rate)
            if number and name in worked:
                worked[name].append((processor_ms(stack.gateway.pid) - before) / len(replies))
    for arm in asked.values():
        for one in arm.arms if isinstance(arm, AtOnce) else [arm]:
            if isinstance(one, Arm):
                await one.service.aclose()
    p50 = {name: statistics.median(values) for name, values in took.items()}
    rps = {name: statistics.median(values) for name, values in rates.items()}
    return {
        "pictures": pictures,
        "rounds": rounds,
        "depth": {
            "one view": depth_of({"drml": 1.0}, pictures),
            "both": depth_of({"drml": 1.0, "caption": 1.0}, pictures),
        },
        "p50_ms": p50,
        "rps_16_clients": rps,
        "tax_ms": {kind: p50[kind] - p50[f"{kind}, directly"] for kind in KINDS},
        "rps_ratio": {kind: rps[kind] / rps[f"{kind}, directly"] for kind in KINDS},
        "gateway_processor_ms": {name: statistics.median(values) for name, values in worked.items()},
        "bare_answer_limit_ms": await bare_ms(stack, rounds),
    }


def entries(catalogues: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The contract's two, of the catalogue that does worse in each."""
    detail = {
        "by_catalogue": catalogues,
        "queries": f"drawn pictures of {SIZE[0]}×{SIZE[1]}",
        "clients": CLIENTS,
        "threads_a_view": 1,
        "cores": os.cpu_count(),
        "load_average": os.getloadavg()[0],
    }
    tax = max(catalogues, key=lambda one: float(one["tax_ms"]["picture"]))
    ratio = min(catalogues, key=lambda one: float(one["rps_ratio"]["picture"]))
    return [
        {
            "name": "gateway.tax_ms",
            "value": tax["tax_ms"]["picture"],
            "unit": "ms",
            "baseline": tax["p50_ms"]["picture, directly"],
            "ours": tax["p50_ms"]["picture"],
            "detail": {"of_pictures": tax["pictures"], **detail},
        },
        {
            "name": "gateway.rps_ratio",
            "value": ratio["rps_ratio"]["picture"],
            "unit": "x",
            "baseline": ratio["rps_16_clients"]["picture, directly"],
            "ours": ratio["rps_16_clients"]["picture"],
            "detail": {"of_pictures": ratio["pictures"], **detail},
        },
    ]


def filled(stack: Stack, pictures: int) -> None:
    """The catalogue `p0`, `p1`, ..., indexed by every view."""
    with httpx.Client(base_url=stack.gateway.url, timeout=120) as client:
        for number in range(pictures):
            path = f"/images/p{number}?wait=false"
            client.put(path, content=drawn(number, size=SIZE), headers=JPEG).raise_for_status()
    stack.wait_indexed(1_200)


def main() -> int:
    """Measure, write, print."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--out", type=Path, default=Path("build"))
    parser.add_argument("--rounds", type=int, default=60)
    parser.add_argument("--pictures", type=int, default=300)
    parser.add_argument("--large", type=int, default=100_000, help="entries; with half the rounds")
    asked = parser.parse_args()
    found = []
    for pictures, rounds in ((asked.pictures, asked.rounds), (asked.large, max(5, asked.rounds // 2))):
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            # Without a published artifact the views serve their starters.
            with Stack(folder, two_views=True, artifacts=folder / "none", settings=PATIENT) as stack:
                if pictures == asked.large:
                    fill(stack, folder, pictures)
                else:
                    filled(stack, pictures)
                found.append(asyncio.run(measure(stack, rounds, pictures)))
    return finish(entries(found), asked.out)


if __name__ == "__main__":
    sys.exit(main())
