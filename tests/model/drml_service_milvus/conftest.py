"""The embedded edition, one for a module, and indexes in it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

import numpy as np
import pytest

from diversity_view.records import Batch, Entry, Position
from drml_service.milvus.client import Server
from drml_service.milvus.store import MilvusStore
from drml_service.milvus.table import MilvusTable
from drml_service.table import Table
from tests.fakes.milvus import Embedded
from tests.fakes.waiting import PATIENCE_S

NAMES = count()


@dataclass
class Both:
    """The same entries in Milvus and in process."""

    store: MilvusStore
    remote: MilvusTable
    local: Table
    applied: int = 0
    contents: dict[str, str] = field(default_factory=dict)

    def change(self, upserts: Mapping[str, np.ndarray], deletes: Sequence[str] = ()) -> None:
        self.remote = self.remote.changed(upserts, deletes)
        self.applied += 1
        self.store.commit(batch(self.applied, upserts, deletes))
        self.local = self.local.changed(upserts, deletes)

    def rows(self, image_ids: Sequence[str]) -> tuple[np.ndarray, np.ndarray]:
        """Their rows in Milvus, their rows in process."""
        return np.array(self.remote.rows(image_ids)), np.array(self.local.rows(image_ids))


def batch(applied: int, upserts: Mapping[str, np.ndarray], deletes: Sequence[str] = ()) -> Batch[np.ndarray]:
    entries = {name: Entry(content_of(vector), applied) for name, vector in upserts.items()}
    return Batch(Position("catalogue", applied), {}, entries, deletes)


def content_of(vector: np.ndarray) -> str:
    return vector.astype("<f4").tobytes().hex()[:64]


@pytest.fixture(scope="module")
def embedded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Embedded]:
    server = Embedded(Path(tmp_path_factory.mktemp("milvus")))
    yield server
    server.stop()


def fresh(embedded: Embedded, dimension: int) -> Both:
    """An empty index."""
    collection = Server(embedded.uri, timeout_s=PATIENCE_S).open(f"drml_test_{next(NAMES):x}", dimension + 1)
    store = MilvusStore(collection, dimension, None)
    return Both(store, store.standing, Table(dimension))


def filled(embedded: Embedded, vectors: np.ndarray) -> Both:
    """Ids whose order has nothing to do with the rows'."""
    both = fresh(embedded, vectors.shape[1])
    ids = [f"{(place * 7_919) % 100_003:06}" for place in range(len(vectors))]
    for start in range(0, len(ids), 1_000):
        chosen = slice(start, start + 1_000)
        both.change(dict(zip(ids[chosen], vectors[chosen], strict=True)))
    embedded.settle(both.remote.collection.name)
    return both
