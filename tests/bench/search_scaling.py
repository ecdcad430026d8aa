"""How the search grows: time, memory and build at 10,000, 100,000 and 1,000,000 vectors.

    python -m tests.bench.search_scaling [--counts 10000 100000 1000000] [--rounds 30] [--out build]

Beside it, from the same run, what the machine's memory delivers to one thread, and how long queries take
while 1,000 pictures are added. A million vectors of 512 need 5 GiB while they are drawn and put in, half of
it afterwards. Writes scaling.json.
"""

import argparse
import json
import statistics
import threading
import time
from pathlib import Path
from typing import Any

import numpy as np
import threadpoolctl  # type: ignore[import-untyped]  # ships no types
import torch

from drml_service.table import Table
from drml_service.two_ended import TwoEndedSearcher
from tests.bench.limits import bandwidth_gb_s
from tests.bench.search_vectors import Float32, clustered

N, ADDED = 10, 1_000
SEARCHER = TwoEndedSearcher()


def grown(x: Float32) -> tuple[Table, float]:
    """The table of x, put in 50,000 at a time as a start from disk may do, and the seconds that took."""
    started = time.perf_counter()
    table = Table(x.shape[1])
    for start in range(0, len(x), 50_000):
        table = table.changed({f"{row:07}": x[row] for row in range(start, min(start + 50_000, len(x)))})
    return table, time.perf_counter() - started


def query_ms(table: Table, queries: Float32) -> list[float]:
    """How long each query took at both ends."""
    took = []
    for query in queries:
        started = time.perf_counter()
        SEARCHER.both(table, query, N)
        took.append((time.perf_counter() - started) * 1_000)
    return took


def while_adding(table: Table, queries: Float32, fresh: Float32) -> dict[str, float]:
    """Median times of queries before, and while another thread adds batches of 1,000 one after the other."""
    before, batches, took = query_ms(table, queries), 0, list[float]()
    done = threading.Event()

    def add() -> None:
        nonlocal batches
        while not done.is_set():
            table.changed({f"new-{batches}-{row}": fresh[row] for row in range(len(fresh))})
            batches += 1

    writer = threading.Thread(target=add)
    writer.start()
    took = query_ms(table, queries)
    done.set()
    writer.join()
    return {
        "before_ms": statistics.median(before),
        "meanwhile_ms": statistics.median(took),
        "meanwhile_over_before": statistics.median(took) / statistics.median(before),
        "batches_of_1000": batches,
    }


def row_of(count: int, rounds: int) -> dict[str, Any]:
    """One line of the table."""
    x = clustered(count + ADDED, seed=1).x
    x, fresh = x[:count], x[count:].copy()
    queries = x[np.random.default_rng(2).integers(0, count, rounds)].copy()
    table, build_s = grown(x)
    del x
    segments = table.segments
    codes = 0 if segments is None else sum(part.tiles.nbytes + part.numbers.nbytes for part in segments.parts)
    query_ms(table, queries[:3])
    both = statistics.median(query_ms(table, queries))
    return {
        "vectors": count,
        "both_ends_ms": both,
        "build_s": build_s,
        "vectors_mb": sum(block.rows.nbytes for block in table.blocks) / 1e6,
        "codes_mb": codes / 1e6,
        "codes_gb_s": codes / both / 1e6,
        "adding": while_adding(table, queries, fresh),
    }


def main() -> None:
    """Measure, write, print."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--counts", type=int, nargs="+", default=[10_000, 100_000, 1_000_000])
    parser.add_argument("--rounds", type=int, default=30)
    parser.add_argument("--out", type=Path, default=Path("build"))
    asked = parser.parse_args()
    torch.set_num_threads(1)
    threadpoolctl.threadpool_limits(limits=1)
    rows = []
    for count in asked.counts:
        limit = bandwidth_gb_s()
        row = row_of(count, asked.rounds) | {"memory_gb_s": limit}
        rows.append(row | {"of_memory_speed": row["codes_gb_s"] / limit})
        print(json.dumps(rows[-1]), flush=True)
    asked.out.mkdir(parents=True, exist_ok=True)
    (asked.out / "scaling.json").write_text(json.dumps(rows, indent=1) + "\n")


if __name__ == "__main__":
    main()
