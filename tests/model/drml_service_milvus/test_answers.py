"""Answers out of Milvus against those of the index in process: ids, order, distances, percentiles."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from diversity_contracts.problems import NotSupported
from drml_service.histories import HistorySearch, Members
from drml_service.index import FaissSearcher
from drml_service.milvus.searcher import MilvusSearcher
from drml_service.milvus.sight import Sight
from drml_service.search import End
from tests.fakes.milvus import Embedded
from tests.model.drml_service_milvus.conftest import Both, filled, fresh

COUNT, DIMENSION, NEIGHBORS, AT_ONCE = 600, 24, 10, 100
REMOTE, LOCAL = MilvusSearcher(), FaissSearcher()
ENDS: tuple[End, End] = ("nearest", "farthest")
Make = Callable[[np.random.Generator], np.ndarray]


def random_vectors(random: np.random.Generator) -> np.ndarray:
    return random.standard_normal((COUNT, DIMENSION), dtype=np.float32)


def clustered(random: np.random.Generator) -> np.ndarray:
    """30 clusters, each a fiftieth as wide as the way to it from the origin."""
    centres = 5 * random.standard_normal((30, DIMENSION), dtype=np.float32)
    noise = np.float32(0.1) * random.standard_normal((COUNT, DIMENSION), dtype=np.float32)
    return centres[random.integers(0, 30, COUNT)] + noise


def far_off(random: np.random.Generator) -> np.ndarray:
    """Clusters a thousandth as wide as the way to them: float32 cancels badly, proofs take more rows."""
    return clustered(random) + np.float32(100)


def duplicated(random: np.random.Generator) -> np.ndarray:
    """Every vector about three times, so that most cuts fall into a run of ties."""
    return random_vectors(random)[random.integers(0, COUNT // 3, COUNT)]


def asked(vectors: np.ndarray, random: np.random.Generator, number: int) -> np.ndarray:
    """Half of the queries are catalogue vectors, so that distance 0 and its ties occur."""
    queries = vectors[random.integers(0, len(vectors), number)]
    noise = np.float32(0.3) * random.standard_normal(queries.shape, dtype=np.float32)
    return np.where(np.arange(number)[:, None] % 2, queries + noise, queries).astype(np.float32)


def assert_both_ends_agree(both: Both, queries: np.ndarray, n: int = NEIGHBORS) -> None:
    for start in range(0, len(queries), AT_ONCE):
        part = queries[start : start + AT_ONCE]
        found = REMOTE.both_of_many(both.remote, part, n)
        for query, (nearest, farthest) in zip(part, found, strict=True):
            assert nearest == LOCAL.end(both.local, query, n, "nearest")
            assert farthest == LOCAL.end(both.local, query, n, "farthest")


@pytest.mark.parametrize(("make", "queries"), [(random_vectors, 500), (clustered, 300), (duplicated, 300)])
def test_both_lists_of_a_thousand_queries_are_those_of_the_process(
    embedded: Embedded, make: Make, queries: int
) -> None:
    """As many again after deletes and replacements: 2,200 in all."""
    random = np.random.default_rng(7)
    vectors = make(random)
    both = filled(embedded, vectors)
    assert_both_ends_agree(both, asked(vectors, random, queries))
    ids = [f"{(place * 7_919) % 100_003:06}" for place in range(COUNT)]
    both.change(dict(zip(ids[100:150], vectors[:50], strict=True)), ids[:100])
    assert len(both.remote) == len(both.local) == COUNT - 100
    assert_both_ends_agree(both, asked(vectors, random, queries))


def test_where_float32_cancels_more_is_fetched(embedded: Embedded) -> None:
    random = np.random.default_rng(2)
    vectors = far_off(random)
    assert_both_ends_agree(filled(embedded, vectors), asked(vectors, random, 20))


@pytest.mark.parametrize(("copies", "n"), [(40, 10), (40, 90), (COUNT, 10)])
def test_runs_of_ties_that_are_longer_than_what_is_fetched(embedded: Embedded, copies: int, n: int) -> None:
    """The proof fails at first; deeper, and with all vectors equal every row is looked at."""
    random = np.random.default_rng(3)
    vectors = random_vectors(random)[np.arange(COUNT) // copies]
    both = filled(embedded, vectors)
    assert_both_ends_agree(both, asked(vectors, random, 2), n)


def test_one_query_by_id_and_more_than_there_are(embedded: Embedded) -> None:
    both = filled(embedded, np.eye(5, 3, dtype=np.float32))
    remote, local = both.rows(["000000"])
    for end in ENDS:
        for n in (2, 100_000):
            mine = REMOTE.end(both.remote, both.remote.vectors(remote)[0], n, end, own=int(remote[0]))
            assert mine == LOCAL.end(both.local, both.local.vector(0), n, end, own=int(local[0]))
    empty = fresh(embedded, 3)
    assert REMOTE.end(empty.remote, np.zeros(3, np.float32), 5, "farthest") == []


@pytest.mark.parametrize("make", [random_vectors, clustered, duplicated])
def test_given_pictures_have_the_percentiles_of_the_process(embedded: Embedded, make: Make) -> None:
    random = np.random.default_rng(5)
    vectors = make(random)
    both = filled(embedded, vectors)
    names = [f"{(place * 7_919) % 100_003:06}" for place in random.integers(0, COUNT, 60)]
    remote, local = both.rows(names)
    for query in asked(vectors, random, 2):
        assert REMOTE.measure(both.remote, query, remote) == LOCAL.measure(both.local, query, local)
    # By id: the own entry is not counted.
    mine, its = both.rows(["000000"])
    others = [name for name in names if name != "000000"]
    remote, local = both.rows(others)
    query = both.local.vector(int(its[0]))
    found = REMOTE.measure(both.remote, query, remote, own=int(mine[0]))
    assert found == LOCAL.measure(both.local, query, local, own=int(its[0]))


@pytest.mark.parametrize("make", [random_vectors, duplicated])
def test_a_history_is_seen_as_in_the_process(embedded: Embedded, make: Make) -> None:
    random = np.random.default_rng(11)
    vectors = make(random)
    both = filled(embedded, vectors)
    members = asked(vectors, random, 7)
    members[6] = members[0]
    weights = np.array([1.0, 0.5, 0.25, 1.0, 0.7, 0.9, 0.3])
    remote, local = both.rows(["000000", "007919"])
    mine = Sight(both.remote, Members(members, weights, frozenset(remote.tolist())))
    its = HistorySearch(both.local, Members(members, weights, frozenset(local.tolist())))
    for end in ENDS:
        for n in (10, COUNT + 5):
            assert mine.end(n, end) == its.end(n, end)
    remote, local = both.rows([f"{(place * 7_919) % 100_003:06}" for place in range(2, 80)])
    assert mine.measure(remote) == its.measure(local)


def test_a_history_of_too_many_products_is_refused(embedded: Embedded) -> None:
    both = filled(embedded, np.eye(5, 3, dtype=np.float32))
    small = replace(both.remote, most_products=9)
    with pytest.raises(NotSupported, match="2 × 5"):
        Sight(small, Members(np.eye(2, 3, dtype=np.float32), np.ones(2), frozenset()))
    one = Members(np.eye(1, 3, dtype=np.float32), np.ones(1), frozenset())
    assert len(Sight(small, one).end(9, "nearest")) == 5


def test_a_proof_that_trusts_float32_would_be_wrong(embedded: Embedded) -> None:
    """64 rows in a line that is far off: a product in float32 tells them from each other no more."""
    vectors = np.full((64, 2), 4_096, dtype=np.float32)
    vectors[:, 1] = np.arange(64) * 2.0**-7
    both = filled(embedded, vectors)
    queries = vectors[[11, 40]]
    queries[:, 1] += np.float32(2.0**-9)
    assert_both_ends_agree(both, queries, 3)
