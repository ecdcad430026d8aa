"""One collection of a Milvus server."""

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any

import grpc  # type: ignore[import-untyped]  # ships no types
import numpy as np
from numpy.typing import NDArray

from diversity_contracts.problems import NotReady
from drml_service.milvus.library import DataType, MilvusClient, MilvusException
from drml_service.search import Float32

# What a Milvus server answers at most to one search, unless it is told otherwise.
MOST_ROWS = 16_384
# Rows written or read in one call: of 513 numbers 2 MB.
AT_ONCE = 1_000
# Queries of one search that asks for MOST_ROWS each: a reply of about 10 MB.
QUERIES_AT_ONCE = 50
TIMEOUT_S = 10.0
# A server that is back is noticed within two seconds, however long it was away; gRPC's pause grows to 120.
RECONNECTING = {
    "grpc.use_local_subchannel_pool": 1,
    "grpc.initial_reconnect_backoff_ms": 200,
    "grpc.min_reconnect_backoff_ms": 200,
    "grpc.max_reconnect_backoff_ms": 2_000,
}
# Making or dropping a collection waits for several of the server's parts.
ARRANGE_S = 60.0
STRONG = "Strong"
# ErrCollectionNotLoaded of Milvus' merr.
NOT_LOADED = 101
TEXT_BYTES = 65_535

Rows = NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class Found:
    """One query's rows (n,) with their inner products (n,), largest first."""

    rows: Rows
    products: Float32


@contextmanager
def failures() -> Iterator[None]:
    """The client's errors as what a caller can act on."""
    try:
        yield
    except (MilvusException, grpc.RpcError, grpc.FutureTimeoutError) as error:
        raise NotReady("The store of the vectors does not answer.", retry_after_s=2) from error


class Server:
    """A connection, which restores itself after the server was away."""

    def __init__(self, uri: str, token: str = "", *, timeout_s: float = TIMEOUT_S) -> None:
        """Raises NotReady when it does not answer."""
        self.timeout_s = timeout_s
        with failures():
            self._client = MilvusClient(
                uri=uri, token=token, timeout=timeout_s, dedicated=True, grpc_options=RECONNECTING
            )

    def collections(self) -> list[str]:
        """The names of all there are."""
        with failures():
            return sorted(self._client.list_collections(timeout=self.timeout_s))

    def drop(self, name: str) -> None:
        """Remove a collection."""
        with failures():
            self._client.drop_collection(name, timeout=ARRANGE_S)

    def open(self, name: str, dimension: int) -> "Collection":
        """The collection of vectors (dimension,), made if there is none."""
        with failures():
            if not self._client.has_collection(name, timeout=self.timeout_s):
                self._make(name, dimension)
            self._client.load_collection(name, timeout=ARRANGE_S)
        return Collection(self._client, name, self.timeout_s)

    def close(self) -> None:
        """Let go of the connection."""
        self._client.close()

    def _make(self, name: str, dimension: int) -> None:
        schema = self._client.create_schema(auto_id=False, enable_dynamic_field=False)
        schema.add_field("row", DataType.INT64, is_primary=True)
        schema.add_field("key", DataType.INT64)
        schema.add_field("image_id", DataType.VARCHAR, max_length=1_024)
        schema.add_field("content_key", DataType.INT64)
        schema.add_field("content", DataType.VARCHAR, max_length=128)
        schema.add_field("vector", DataType.FLOAT_VECTOR, dim=dimension)
        schema.add_field("mean", DataType.DOUBLE)
        schema.add_field("deviation", DataType.DOUBLE)
        schema.add_field("standing", DataType.VARCHAR, max_length=TEXT_BYTES)
        indexes = self._client.prepare_index_params()
        # FLAT is the only index that leaves nobody out.
        indexes.add_index("vector", index_type="FLAT", metric_type="IP")
        indexes.add_index("key", index_type="INVERTED")
        indexes.add_index("content_key", index_type="INVERTED")
        self._client.create_collection(
            name, schema=schema, index_params=indexes, consistency_level=STRONG, timeout=ARRANGE_S
        )


class Collection:
    """Rows by number. Every read sees every write that was acknowledged before it."""

    def __init__(self, client: MilvusClient, name: str, timeout_s: float) -> None:
        self.name, self._client, self._timeout_s = name, client, timeout_s

    def _read(self, call: Callable[[], Any]) -> Any:
        """What `call` returns; a server that started anew may have to be told to load first."""
        with failures():
            try:
                return call()
            except MilvusException as error:
                if error.code != NOT_LOADED:
                    raise
            self._client.load_collection(self.name, timeout=ARRANGE_S)
            return call()

    def search(self, queries: Float32, limit: int, expression: str) -> list[Found]:
        """Of each of `queries` (k, r + 1) the `limit` ≤ 16,384 rows with the largest inner product."""
        found = list[Found]()
        at_once = max(1, QUERIES_AT_ONCE * MOST_ROWS // max(limit, 1_024))
        for start in range(0, len(queries), at_once):
            results = self._read(
                partial(
                    self._client.search, self.name, data=list(queries[start : start + at_once]),
                    anns_field="vector", filter=expression, limit=limit,
                    search_params={"metric_type": "IP", "params": {}}, consistency_level=STRONG,
                    timeout=self._timeout_s,
                )
            )  # fmt: skip
            found += [
                Found(np.array(hits.ids, dtype=np.intp), np.array(hits.distances, dtype=np.float32))
                for hits in results
            ]
        return found

    def read(self, field: str, values: Sequence[int], fields: Sequence[str]) -> list[dict[str, Any]]:
        """The `fields` of every row whose integer `field` is one of `values`."""
        rows = list[dict[str, Any]]()
        for start in range(0, len(values), AT_ONCE):
            expression = f"{field} in {json.dumps([int(value) for value in values[start : start + AT_ONCE]])}"
            rows += self._read(
                partial(
                    self._client.query, self.name, filter=expression, output_fields=list(fields),
                    consistency_level=STRONG, timeout=self._timeout_s,
                )
            )  # fmt: skip
        return rows

    def write(self, rows: Sequence[dict[str, Any]]) -> None:
        """Add rows, or replace those of the same number."""
        for start in range(0, len(rows), AT_ONCE):
            with failures():
                self._client.upsert(self.name, list(rows[start : start + AT_ONCE]), timeout=self._timeout_s)

    def delete(self, expression: str) -> None:
        """Remove rows."""
        with failures():
            self._client.delete(self.name, filter=expression, timeout=self._timeout_s)

    def close(self) -> None:
        """Let go of the connection."""
        self._client.close()
