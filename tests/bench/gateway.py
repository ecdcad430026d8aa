"""`gateway.tax_ms` and `gateway.rps_ratio`: what the gateway costs over asking the view directly.

    python -m tests.bench.gateway [--out build] [--rounds 120] [--pictures 300]

Real processes with the starters of both views. The direct arm asks the DRML view for exactly what the gateway
asks of it for such a query: such a picture, the same depth, the same form of reply. Arms are interleaved, one
query each for the times, a second each for the rates; no picture is asked about twice, and the gateway
keeps no answers. Writes into bench.json.
"""

import argparse
import asyncio
import json
import os
import statistics
import tempfile
from pathlib import Path
from typing import Any

import httpx

from diversity_contracts.columns import COLUMNS_TYPE
from diversity_gateway.depths import first_depth
from diversity_gateway.kept_connections import KeptConnections
from diversity_gateway.likeness import WINDOW
from diversity_gateway.picking import Choice
from diversity_gateway.wishes import Wish
from tests.bench.asking import SIZE, Arm, fresh_pictures, processor_ms
from tests.bench.kept_answers import merge
from tests.e2e.stack import Stack
from tests.fakes.drawn import drawn

N, CLIENTS, SECONDS = 5, 16, 1.0
WARM = 20
JPEG = {"Content-Type": "image/jpeg"}
JSON = {"Content-Type": "application/json"}
# The gateway's lanes refuse what would wait long; here nothing may be refused.
PATIENT = {"VIEW_DEADLINE_S": "30", "WAIT_S": "60", "CACHE_BYTES": "0", "MAX_WAIT_S": "30"}


def arms(stack: Stack, pictures: int) -> dict[str, Arm]:
    """By a picture of the caller's and by id, each directly and through the gateway; and with both views."""
    wanted = Choice(offset=0, count=N).needed + WINDOW
    depth = first_depth(Wish("divergent", wanted, {"drml": 1.0}, listed=N), pictures, pictures, 1)
    view, gateway = KeptConnections(stack.drml.url), KeptConnections(stack.gateway.url)
    following = fresh_pictures()
    ids = iter(range(10**9))

    def by_id() -> bytes:
        return json.dumps({"image_id": f"p{next(ids) % pictures}"}).encode()

    columns = {"Accept": COLUMNS_TYPE}
    path, direct = f"/divergent?n={N}", f"/farthest?n={depth}"
    return {
        "picture, directly": Arm(view, f"{direct}&representation=true", JPEG | columns, following),
        "picture": Arm(gateway, f"{path}&views=drml", JPEG, following),
        "id, directly": Arm(view, direct, JSON | columns, by_id),
        "id": Arm(gateway, f"{path}&views=drml", JSON, by_id),
        "picture, both views": Arm(gateway, path, JPEG, following),
        "id, both views": Arm(gateway, path, JSON, by_id),
    }


async def measure(stack: Stack, rounds: int, pictures: int) -> list[dict[str, Any]]:
    """The contract's two entries."""
    asked = arms(stack, pictures)
    took: dict[str, list[float]] = {name: [] for name in asked}
    for number in range(WARM + rounds):
        for name, arm in asked.items():
            milliseconds, _ = await arm.ask()
            if number >= WARM:
                took[name].append(milliseconds)
    rates: dict[str, list[float]] = {name: [] for name in asked if "both" not in name}
    worked: dict[str, list[float]] = {name: [] for name in rates if "directly" not in name}
    for number in range(1 + max(5, rounds // 30)):
        for name, found in rates.items():
            before = processor_ms(stack.gateway.pid)
            rate, replies = await asked[name].rate(CLIENTS, SECONDS)
            if number:
                found.append(rate)
            if number and name in worked:
                worked[name].append((processor_ms(stack.gateway.pid) - before) / len(replies))
    for service in {arm.service for arm in asked.values()}:
        await service.aclose()
    p50 = {name: statistics.median(values) for name, values in took.items()}
    rps = {name: statistics.median(values) for name, values in rates.items()}
    detail = {
        "rounds": rounds,
        "catalogue": f"{pictures} drawn pictures of {SIZE[0]}×{SIZE[1]}",
        "p50_ms": p50,
        "rps_16_clients": rps,
        "gateway_processor_ms": {name: statistics.median(values) for name, values in worked.items()},
        "threads_a_view": 1,
        "cores": os.cpu_count(),
        "load_average": os.getloadavg()[0],
    }
    tax = {
        "name": "gateway.tax_ms",
        "value": p50["picture"] - p50["picture, directly"],
        "unit": "ms",
        "baseline": p50["picture, directly"],
        "ours": p50["picture"],
        "detail": detail | {"by_id": p50["id"] - p50["id, directly"]},
    }
    ratio = {
        "name": "gateway.rps_ratio",
        "value": rps["picture"] / rps["picture, directly"],
        "unit": "x",
        "baseline": rps["picture, directly"],
        "ours": rps["picture"],
        "detail": detail | {"by_id": rps["id"] / rps["id, directly"], "clients": CLIENTS},
    }
    return [tax, ratio]


def filled(stack: Stack, pictures: int) -> None:
    """The catalogue `p0`, `p1`, ..., indexed by every view."""
    with httpx.Client(base_url=stack.gateway.url, timeout=120) as client:
        for number in range(pictures):
            path = f"/images/p{number}?wait=false"
            client.put(path, content=drawn(number, size=SIZE), headers=JPEG).raise_for_status()
    stack.wait_indexed(1_200)


def main() -> None:
    """Measure, write, print."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--out", type=Path, default=Path("build"))
    parser.add_argument("--rounds", type=int, default=120)
    parser.add_argument("--pictures", type=int, default=300)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        # Without a published artifact the views serve their starters.
        with Stack(folder, two_views=True, artifacts=folder / "none", settings=PATIENT) as stack:
            filled(stack, asked.pictures)
            entries = asyncio.run(measure(stack, asked.rounds, asked.pictures))
    for entry in entries:
        merge(entry, asked.out / "bench.json")
        print(json.dumps(entry, ensure_ascii=False))


if __name__ == "__main__":
    main()
