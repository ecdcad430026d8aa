"""How long queries take while pictures are added: the service's own path of a change, beside quiet times.

A batch goes through `diversity_view.feed.Feed` as the gateway sends and the service applies it: at most 32
pictures, checked against their hashes, what is usual of them, the next table with its codes, a commit to
SQLite that reaches the disk, the new view shown. A picture's bytes are its drawn vector's here, so that only
the network is left out; `encode` may do its work besides.

Turns in which 1,000 pictures are added and quiet ones alternate, with as many queries in each. A query's time
is told apart: its own work, waiting for one of the cores, and the rest, waiting for Python's lock.
"""

import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from diversity_contracts.pictures import content_hash
from diversity_contracts.wire import Change, ChangeBatch
from diversity_view.feed import Feed
from diversity_view.records import Batch, Position
from diversity_view.store import Store
from drml_service.correction import usual_distances
from drml_service.holding import in_process
from drml_service.kept_usual import KeptUsual
from drml_service.search import Float32
from drml_service.table import Table
from drml_service.two_ended import TwoEndedSearcher
from drml_service.vector_codec import VectorCodec

N, ADDED, AT_ONCE = 10, 1_000, 32  # so many pictures the gateway sends at once
CATALOGUE = "drawn"
# Pictures to their vectors, as bytes.
Encode = Callable[[Sequence[bytes]], object]


@dataclass(frozen=True, slots=True)
class Took:
    """Milliseconds of one query by the clock; of them its thread worked, and was ready while others had the
    cores. So was the thread that adds, for `writer_for_a_core`, perhaps with the lock in its hands."""

    ms: float
    worked: float
    for_a_core: float
    writer_for_a_core: float = 0.0

    @property
    def for_the_lock(self) -> float:
        """Nothing else makes a query wait."""
        return max(0.0, self.ms - self.worked - self.for_a_core)

    @property
    def with_two_cores(self) -> float:
        """About what it would have taken on a machine that has a core for each of the two threads."""
        return self.ms - self.for_a_core - min(self.for_the_lock, self.writer_for_a_core)


class Clock:
    """Of the thread that makes it."""

    def __init__(self) -> None:
        # The kernel counts how long a thread was ready to run and had no core; not every kernel tells.
        path = Path("/proc/thread-self/schedstat")
        self._counts = path.open("rb", buffering=0) if path.exists() else None

    def timed(self, query: Callable[[], object], beside: "Clock | None" = None) -> Took:
        """One query of this thread, and the other thread's waiting for a core meanwhile."""
        started, ready, worked = time.perf_counter_ns(), self.ready_ns(), time.thread_time_ns()
        other = 0 if beside is None else beside.ready_ns()
        query()
        worked, ready = time.thread_time_ns() - worked, self.ready_ns() - ready
        other = 0 if beside is None else beside.ready_ns() - other
        return Took((time.perf_counter_ns() - started) / 1e6, worked / 1e6, ready / 1e6, other / 1e6)

    def close(self) -> None:
        """Let go of the kernel's file."""
        if self._counts is not None:
            self._counts.close()

    def ready_ns(self) -> int:
        """Of the thread that made this clock, whichever asks."""
        if self._counts is None:
            return 0
        self._counts.seek(0)
        return int(self._counts.read(100).split()[1])


class Adding:
    """Over a table whose entries are usual in a drawn way; pictures are added to it by the feed."""

    def __init__(self, table: Table, reference: Float32, folder: Path, encode: Encode | None = None) -> None:
        store = Store.open(folder, artifact=CATALOGUE, digest=CATALOGUE, codec=VectorCodec(table.dimension))
        store.commit(Batch(Position(CATALOGUE, 0)))
        kept = KeptUsual(folder / "usual.safetensors", reference, usual_distances)
        holding = in_process(table.dimension, reference, kept.of)
        self._encode, self.added = encode, 0
        self._feed = Feed[Float32, Table](
            store=store,
            encode=self._vectors,
            empty=holding.empty,
            follow=holding.follow,
            observe=lambda *_: None,
            standing=table,
        )

    @property
    def table(self) -> Table:
        """Of this moment."""
        return self._feed.view.table

    def add(self, vectors: Float32) -> None:
        """These (n, r), as the service is sent them."""
        for start in range(0, len(vectors), AT_ONCE):
            pictures = {content_hash(data): data for data in map(_bytes, vectors[start : start + AT_ONCE])}
            changes = [
                Change(seq=self.added + place, image_id=f"new-{self.added + place}", content_hash=key)
                for place, key in enumerate(pictures, start=1)
            ]
            upto = self.added + len(pictures)
            batch = ChangeBatch(catalogue_id=CATALOGUE, after=self.added, upto=upto, changes=changes)
            self._feed.apply(batch, pictures)
            self.added = upto

    def close(self) -> None:
        """Let go of the store."""
        self._feed.close()

    def _vectors(self, pictures: Sequence[bytes]) -> list[Float32]:
        if self._encode is not None:
            self._encode(pictures)
        return [np.frombuffer(data, dtype=np.float32) for data in pictures]


def while_adding(
    table: Table, queries: Float32, fresh: Float32, *, turns: int, out: Path, encode: Encode | None = None
) -> dict[str, Any]:
    """Figures of queries while the vectors of `fresh` (turns · n, r), n a turn, are added, and without.

    Args:
        queries: (q, r), asked one after the other, over and over.
    """
    searcher, meanwhile, quiet, took_s = TwoEndedSearcher(), list[Took](), list[Took](), 0.0
    out.mkdir(parents=True, exist_ok=True)
    reference = queries[np.arange(2_000) % len(queries)]

    def ask(number: int, beside: Clock | None = None) -> Took:
        query, seen = queries[number % len(queries)], adding.table
        return clock.timed(lambda: searcher.both(seen, query, N), beside)

    with (
        ThreadPoolExecutor(1) as writer,  # one thread, so one clock, for all turns
        closing(writer.submit(Clock).result()) as beside,
        closing(Clock()) as clock,
        TemporaryDirectory(dir=out) as folder,
        closing(Adding(table, reference, Path(folder), encode)) as adding,
    ):
        for part in np.array_split(fresh, turns):
            before, started = len(meanwhile), time.perf_counter()
            done = writer.submit(adding.add, part)
            while not done.done():
                meanwhile.append(ask(len(meanwhile), beside))
            took_s += time.perf_counter() - started
            done.result()
            quiet += [ask(number) for number in range(before, len(meanwhile))]
        added = adding.added
    return figures(quiet, meanwhile) | {"added": added, "turns": turns, "added_a_second": added / took_s}


def figures(quiet: Sequence[Took], meanwhile: Sequence[Took]) -> dict[str, Any]:
    """Both kinds of turns beside each other; ratios are to the median of the quiet ones."""
    usual = float(np.median([took.ms for took in quiet]))
    apart = float(np.median([took.with_two_cores for took in quiet]))
    return {
        "queries_of_each": len(meanwhile),
        **{name: _told(took, usual, apart) for name, took in (("quiet", quiet), ("meanwhile", meanwhile))},
    }


def _told(took: Sequence[Took], usual: float, apart: float) -> dict[str, Any]:
    times = {
        "ms": [one.ms for one in took],
        "worked_ms": [one.worked for one in took],
        "for_a_core_ms": [one.for_a_core for one in took],
        "for_the_lock_ms": [one.for_the_lock for one in took],
        "with_two_cores_ms": [one.with_two_cores for one in took],
        "over_quiet_median": [one.ms / usual for one in took],
        "with_two_cores_over_quiet_median": [one.with_two_cores / apart for one in took],
    }
    return {name: _spread(values) for name, values in times.items()} | {
        "beyond_twice": float(np.mean([value > 2 for value in times["over_quiet_median"]])),
        "with_two_cores_beyond_twice": float(
            np.mean([value > 2 for value in times["with_two_cores_over_quiet_median"]])
        ),
    }


def _spread(values: Sequence[float]) -> dict[str, float]:
    """The middle one, what one in a hundred is above, the largest."""
    return {
        "median": float(np.median(values)),
        "p99": float(np.quantile(values, 0.99)),
        "worst": float(np.max(values)),
    }


def _bytes(vector: Float32) -> bytes:
    return np.ascontiguousarray(vector, dtype=np.float32).tobytes()
