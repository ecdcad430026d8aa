"""The contract's `search.*`: both ends from eight-bit codes beside FAISS's flat index over the embeddings.

    python -m tests.bench.search [--data DATA] [--count 100000] [--threads 2] [--rounds 15] [--out build]

Arms are interleaved in one run, medians are compared; both may use `--threads`, and take one for one query.
The limits beside them: every code read once from memory, and every code multiplied once. DATA's vectors are
kept in --out. A list that is not the brute force's fails the bench. Writes into bench.json.
"""

import argparse
import os
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import faiss
import numpy as np
import threadpoolctl  # type: ignore[import-untyped]  # ships no types
import torch

from drml_service.search import exact_distances
from drml_service.table import Table
from drml_service.two_ended import TwoEndedSearcher
from tests.bench.bench_file import WORSE, at_least, finish
from tests.bench.limits import bandwidth_gb_s, least_ms, peak_gflops
from tests.bench.search_vectors import Float32, Vectors, clustered, kinds, of_pictures

N, AT_ONCE = 10, 32


def table_of(x: Float32) -> Table:
    """Ids whose order has nothing to do with the rows'."""
    ids = (f"{(row * 7_919) % 1_000_003:07}" for row in range(len(x)))
    return Table(x.shape[1]).changed(dict(zip(ids, x, strict=True)))


def medians_ms(
    arms: dict[str, Callable[[int], object]], rounds: int
) -> tuple[dict[str, float], dict[str, float]]:
    """Each arm's median over `rounds`, by the clock and of the processor's time; one round is not counted.

    A round runs every arm once, in an order of its own: whoever comes after FAISS finds the cache empty.
    """
    took: dict[str, list[float]] = {name: [] for name in arms}
    worked: dict[str, list[float]] = {name: [] for name in arms}
    random = np.random.default_rng(7)
    for number in range(rounds + 1):
        for name in random.permutation(list(arms)).tolist():
            started, before = time.perf_counter(), time.process_time()
            arms[name](number)
            if number:
                worked[name].append((time.process_time() - before) * 1_000)
                took[name].append((time.perf_counter() - started) * 1_000)
    return _medians(took), _medians(worked)


def _medians(times: dict[str, list[float]]) -> dict[str, float]:
    return {name: statistics.median(values) for name, values in times.items()}


def speeds(vectors: Vectors, rounds: int, threads: int) -> list[dict[str, Any]]:
    """The entries that compare times."""
    searcher = TwoEndedSearcher(threads=threads)
    x, table = vectors.x, table_of(vectors.x)
    embeddings = vectors.embeddings()
    flat = faiss.IndexFlatL2(embeddings.shape[1])
    flat.add(embeddings)
    chosen = np.random.default_rng(1).integers(0, len(x), (rounds + 1, AT_ONCE))
    asked = embeddings[chosen]
    del embeddings
    ms, cpu_ms = medians_ms(
        {
            "faiss": lambda number: flat.search(asked[number, :1], N),
            "both": lambda number: searcher.both(table, x[chosen[number, 0]], N),
            "nearest": lambda number: searcher.end(table, x[chosen[number, 0]], N, "nearest"),
            "farthest": lambda number: searcher.end(table, x[chosen[number, 0]], N, "farthest"),
            "many": lambda number: list(searcher.both_of_many(table, x[chosen[number]], N)),
            "faiss_many": lambda number: flat.search(asked[number], N),
        },
        rounds,
    )
    many, faiss_many = ms["many"] / AT_ONCE, ms["faiss_many"] / AT_ONCE
    one = (ms["nearest"] + ms["farthest"]) / 2
    detail = {
        "data": vectors.name,
        **limits(table),
        "threads": threads,
        "rounds": rounds,
        "cores": os.cpu_count(),
        "load_average": os.getloadavg()[0],
        "ms": ms,
        "processor_ms": cpu_ms,
    }
    return [
        entry("search.exact_both_ends_speedup", ms["faiss"] / ms["both"], ms["faiss"], ms["both"], detail),
        entry(
            "search.batch32_speedup",
            ms["faiss"] / many,
            ms["faiss"],
            many,
            detail | {"faiss_at_32_ms": faiss_many, "over_faiss_at_32": faiss_many / many},
        ),
        entry("search.both_over_one", ms["both"] / one, one, ms["both"], detail),
    ]


def limits(table: Table) -> dict[str, Any]:
    """What one thread takes at least for a scan of all codes, of one query and of each of 32 at once.

    From memory, as after other work; and from the cache, where all of them lie if it is large enough. A
    search may be quicker where bounds leave codes unread.
    """
    segments = table.segments
    if segments is None:
        return {"codes": None}
    codes, width = (
        sum(part.tiles.nbytes + part.numbers.nbytes for part in segments.parts),
        segments.directions.width,
    )
    count, gb_s = sum(part.count for part in segments.parts), bandwidth_gb_s()
    again_gb_s = bandwidth_gb_s(codes / 1e6)
    return {
        "codes": width,
        "codes_mb": codes / 1e6,
        "memory_gb_s": gb_s,
        "same_bytes_again_gb_s": again_gb_s,
        "reading_limit_ms": codes / gb_s / 1e6,
        "reading_again_limit_ms": codes / again_gb_s / 1e6,
        "reading_limit_of_32_ms": codes / gb_s / 1e6 / AT_ONCE,
        "arithmetic_limit_ms": least_ms(count * width, peak_gflops(1, "int8")),
    }


def exactness(trained: Float32 | None, count: int, queries: int) -> dict[str, Any]:
    """The share of queries, a like number of each kind of vectors, whose lists are the brute force's."""
    shares, searcher = {}, TwoEndedSearcher()
    for kind, x in kinds(count, seed=5, trained=trained).items():
        random, table = np.random.default_rng(6), table_of(x)
        ids = table.ids(np.arange(len(x)))
        scale = np.float32(0.1 * np.abs(x).mean())
        same = 0
        for number in range(queries):
            query = x[random.integers(len(x))].copy()
            if number % 2:
                query += scale * random.standard_normal(x.shape[1], dtype=np.float32)
            distances = exact_distances(query, x)
            wanted = [ids[np.lexsort((ids, keys))[:N]].tolist() for keys in (distances, -distances)]
            same += [[hit.image_id for hit in end] for end in searcher.both(table, query, N)] == wanted
        shares[kind] = same / queries
    share = statistics.mean(shares.values())
    detail = {
        WORSE: [fault for kind, one in shares.items() for fault in at_least(f"the share of {kind}", one, 1)],
        "shares": shares,
        "queries_of_each_kind": queries,
        "vectors_of_each_kind": count,
    }
    return entry("search.exactness", share, 1.0, share, detail) | {"unit": "share"}


def entry(name: str, value: float, baseline: float, ours: float, detail: dict[str, Any]) -> dict[str, Any]:
    """One of the contract's entries; times in milliseconds."""
    return {"name": name, "value": value, "unit": "x", "baseline": baseline, "ours": ours, "detail": detail}


def settle_numpys_threads() -> None:
    """Numpy's products in one thread, as a service has them; FAISS brings a BLAS of its own, with all.

    Threads that wait for each other over a product of 32 queries cost more than all else that those take.
    """
    pools = threadpoolctl.ThreadpoolController()
    others = [
        pool["filepath"]
        for pool in pools.info()
        if pool["user_api"] == "blas" and "faiss" not in pool["filepath"]
    ]
    pools.select(filepath=others).limit(limits=1)


def main() -> int:
    """Measure, write, print; 1 where a list is not the brute force's."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--data", type=Path)
    parser.add_argument("--count", type=int, default=100_000)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--queries", type=int, default=1_000, help="of search.exactness, over all kinds")
    parser.add_argument("--out", type=Path, default=Path("build"))
    asked = parser.parse_args()
    torch.set_num_threads(asked.threads)
    faiss.omp_set_num_threads(asked.threads)
    threadpoolctl.threadpool_limits(limits=asked.threads)
    settle_numpys_threads()
    if asked.data is None:
        vectors, trained = clustered(asked.count, seed=1), None
    else:
        vectors = of_pictures(asked.data, asked.count, asked.threads, asked.out / "search-vectors.npy")
        trained = vectors.x
    entries = speeds(vectors, asked.rounds, asked.threads)
    kinds_of_vectors = 4 if trained is None else 5
    entries.append(exactness(trained, 5_000, -(-asked.queries // kinds_of_vectors)))
    return finish(entries, asked.out)


if __name__ == "__main__":
    sys.exit(main())
