"""How the search grows: time, memory and build at 10,000, 100,000 and 1,000,000 vectors.

    python -m tests.bench.search_scaling [--counts 10000 100000 1000000] [--rounds 30] [--turns 10]

Beside it, from the same run, what the machine's memory delivers to one thread, and how long queries take
while 1,000 pictures are added (`search_while_adding`): without the network's work, and with it, which wants
the same cores. A million vectors of 512 need 5 GiB while they are drawn and put in, half of it afterwards.
Writes scaling.json.
"""

import argparse
import gc
import json
import os
import statistics
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import threadpoolctl  # type: ignore[import-untyped]  # ships no types
import torch

from diversity_contracts.manifest import verify
from diversity_view import memory
from diversity_view.usual import Usual
from drml_service.artifact import STARTER
from drml_service.encoder import NetworkEncoder
from drml_service.table import Table
from drml_service.two_ended import TwoEndedSearcher
from tests.bench.limits import bandwidth_gb_s
from tests.bench.search_vectors import Float32, clustered
from tests.bench.search_while_adding import ADDED, AT_ONCE, Encode, while_adding
from tests.fakes.drawn import draw

N, QUERIES = 10, 2_000
NETWORK_TURNS = 2  # a picture takes the network longer than everything else together
SEARCHER = TwoEndedSearcher()


def grown(x: Float32) -> tuple[Table, float]:
    """The table of x, put in 50,000 at a time as a start from disk may do, and the seconds of work in it."""
    started = time.process_time()
    table = Table(x.shape[1])
    for start in range(0, len(x), 50_000):
        table = table.changed({f"{row:07}": x[row] for row in range(start, min(start + 50_000, len(x)))})
    return table, time.process_time() - started


def query_ms(table: Table, queries: Float32) -> list[float]:
    """How long this thread worked on each query at both ends: what else the machine does takes no part."""
    took = []
    for query in queries:
        started = time.thread_time()
        SEARCHER.both(table, query, N)
        took.append((time.thread_time() - started) * 1_000)
    return took


def usual_of(count: int) -> Usual:
    """Drawn for so many pictures: how long a query or a batch takes does not depend on the numbers."""
    statistics = 1 + np.random.default_rng(3).random((count, 2))
    return Usual().changed([f"{row:07}" for row in range(count)], statistics)


def resident_mb() -> float:
    """What the process has in memory; 0 where the kernel does not tell."""
    gc.collect()
    try:
        return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6
    except OSError:
        return 0.0


def network(threads: int) -> Encode:
    """The starter's work on as many pictures as it is given, always the same ones."""
    encoder = NetworkEncoder.load(STARTER, verify(STARTER, "drml"), threads=threads)
    inputs = [encoder.prepare(draw(number)) for number in range(AT_ONCE)]

    def encode(pictures: Sequence[bytes]) -> object:
        return encoder.encode(inputs[: len(pictures)])

    return encode


def row_of(count: int, rounds: int, turns: int, out: Path, encode: Encode) -> dict[str, Any]:
    """One line of the table."""
    x = clustered(count + turns * ADDED, seed=1).x
    x, fresh = x[:count], x[count:].copy()
    queries = x[np.random.default_rng(2).integers(0, count, QUERIES)].copy()
    table, build_s = grown(x)
    del x
    segments = table.segments
    codes = 0 if segments is None else sum(part.tiles.nbytes + part.numbers.nbytes for part in segments.parts)
    query_ms(table, queries[:3])
    both = statistics.median(query_ms(table, queries[:rounds]))
    resident = resident_mb()
    table = replace(table, usual=usual_of(count))
    return {
        "name": str(count),
        "vectors": count,
        "both_ends_ms": both,
        "build_s": build_s,
        "vectors_mb": sum(block.rows.nbytes for block in table.blocks) / 1e6,
        "codes_mb": codes / 1e6,
        "codes_gb_s": codes / both / 1e6,
        "resident_mb": resident,
        "adding": while_adding(table, queries, fresh, turns=turns, out=out),
        "adding_with_the_network": while_adding(
            table,
            queries,
            fresh[: NETWORK_TURNS * ADDED],
            turns=NETWORK_TURNS,
            out=out,
            encode=encode,
        ),
    }


def main() -> None:
    """Measure, write, print."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--counts", type=int, nargs="+", default=[10_000, 100_000, 1_000_000])
    parser.add_argument("--rounds", type=int, default=30)
    parser.add_argument("--turns", type=int, default=10, help="in which 1,000 pictures are added")
    parser.add_argument("--threads", type=int, default=2, help="of the network; a query takes one")
    parser.add_argument("--out", type=Path, default=Path("build"))
    asked = parser.parse_args()
    torch.set_num_threads(1)
    encode, rows = network(asked.threads), []
    encode([b""] * AT_ONCE)
    threadpoolctl.threadpool_limits(limits=1)
    memory.settle()  # as a view does when it starts: else some query pays for a look at all of torch
    for count in asked.counts:
        limit = bandwidth_gb_s()
        row = row_of(count, asked.rounds, asked.turns, asked.out, encode) | {"memory_gb_s": limit}
        load = {"load_average": os.getloadavg()[0], "cores": os.cpu_count()}
        rows.append(row | load | {"of_memory_speed": row["codes_gb_s"] / limit})
        print(json.dumps(rows[-1]), flush=True)
    asked.out.mkdir(parents=True, exist_ok=True)
    (asked.out / "scaling.json").write_text(json.dumps(rows, indent=1) + "\n")


if __name__ == "__main__":
    main()
