"""Milvus' embedded edition beside the index in process: both ends, given pictures, bytes on the way.

    python -m tests.bench.milvus --rows 10000 --rounds 7

The embedded edition is Python, and not what a cluster runs. Of a cluster these figures tell what one pass
over rows in float32 costs a core.
"""

import argparse
import json
import statistics
import tempfile
import time
from collections.abc import Callable
from itertools import count
from pathlib import Path

import faiss
import numpy as np
import threadpoolctl  # type: ignore[import-untyped]  # ships no types

from diversity_view.records import Batch, Entry, Position
from drml_service.index import FaissSearcher
from drml_service.milvus.client import Server
from drml_service.milvus.searcher import MilvusSearcher
from drml_service.milvus.store import MilvusStore
from drml_service.search import augmented_query
from drml_service.table import Table
from tests.fakes.milvus import Embedded

Arm = Callable[[], object]


def vectors(number: int, dimension: int, random: np.random.Generator) -> np.ndarray:
    """Clusters as a trained network makes them: 200 centres, as far apart as they are wide."""
    centres = random.standard_normal((200, dimension), dtype=np.float32)
    noise = random.standard_normal((number, dimension), dtype=np.float32)
    return centres[random.integers(0, 200, number)] + noise


def medians(arms: dict[str, Arm], rounds: int) -> dict[str, dict[str, float]]:
    """Milliseconds of each arm, wall and of this process' processors, one round of all after another."""
    taken: dict[str, list[tuple[float, float]]] = {name: [] for name in arms}
    for place in range(rounds + 1):
        for name, arm in arms.items():
            wall, cpu = time.perf_counter(), time.process_time()
            arm()
            if place:  # the first round is for warmth
                taken[name].append((time.perf_counter() - wall, time.process_time() - cpu))
    return {
        name: {
            "wall_ms": round(1e3 * statistics.median(wall for wall, _ in times), 2),
            "cpu_ms": round(1e3 * statistics.median(cpu for _, cpu in times), 2),
        }
        for name, times in taken.items()
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--rows", type=int, default=10_000)
    parser.add_argument("--dimension", type=int, default=513)
    parser.add_argument("--rounds", type=int, default=7)
    options = parser.parse_args()
    random = np.random.default_rng(0)
    rows = vectors(options.rows, options.dimension, random)
    query = vectors(1, options.dimension, random)[0]
    faiss.omp_set_num_threads(1)
    with tempfile.TemporaryDirectory() as folder, threadpoolctl.threadpool_limits(1):
        embedded = Embedded(Path(folder) / "milvus")
        store = MilvusStore(
            Server(embedded.uri, timeout_s=300).open("drml_bench_0", options.dimension + 1),
            options.dimension,
            None,
        )
        remote, local = store.standing, Table(options.dimension)
        for start in range(0, options.rows, 1_000):
            part = {f"{start + place:07}": row for place, row in enumerate(rows[start : start + 1_000])}
            remote, local = remote.changed(part), local.changed(part)
            entries = {name: Entry(f"{name:>064}", start) for name in part}
            store.commit(Batch(Position("bench", start + 1), {}, entries))
        embedded.settle(remote.collection.name)
        names = [f"{row:07}" for row in random.integers(0, options.rows, 50)]
        mine, its = np.array(remote.rows(names)), np.array(local.rows(names))
        away, here = MilvusSearcher(), FaissSearcher()
        assert next(away.both_of_many(remote, query[None], 10))[1] == here.end(local, query, 10, "farthest")
        shifts = (np.float32(1e-3 * step) for step in count(1))  # products that were fetched before are kept
        augmented = augmented_query(query, "farthest")
        arms: dict[str, Arm] = {
            "milvus, both ends, n = 10": lambda: list(away.both_of_many(remote, query[None], 10)),
            "in process (FAISS), both ends": lambda: [
                here.end(local, query, 10, "nearest"), here.end(local, query, 10, "farthest"),
            ],
            "milvus, 50 given pictures": lambda: away.measure(remote, query + next(shifts), mine),
            "in process (FAISS), 50 given pictures": lambda: here.measure(local, query, its),
            "one pass in float32, one core": lambda: [block.rows @ augmented for block in local.blocks],
        }  # fmt: skip
        found = medians(arms, options.rounds)
        embedded.stop()
    print(
        json.dumps(
            {"rows": options.rows, "dimension": options.dimension, "threads": 1, "arms": found}, indent=2
        )
    )


if __name__ == "__main__":
    main()
