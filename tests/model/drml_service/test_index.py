"""Either index against float64 brute force: ids and order, percentiles, at both ends."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from drml_service import search
from drml_service.index import FaissSearcher
from drml_service.main import SEARCHERS as SEARCHERS_BY_SETTING
from drml_service.search import End
from drml_service.searcher import Hit, Searcher
from drml_service.settings import Settings
from drml_service.standing_in import StandIn
from drml_service.table import Table
from drml_service.two_ended import TwoEndedSearcher
from tests.fakes.searcher import BruteForce

Make = Callable[[np.random.Generator], np.ndarray]
ENDS: tuple[End, End] = ("nearest", "farthest")
COUNT, DIMENSION, NEIGHBORS = 5_000, 32, 10
BRUTE = BruteForce()
SEARCHERS: list[Searcher] = [FaissSearcher(), TwoEndedSearcher()]
each_searcher = pytest.mark.parametrize("searcher", SEARCHERS, ids=["faiss", "codes"])


def random_vectors(random: np.random.Generator) -> np.ndarray:
    return random.standard_normal((COUNT, DIMENSION), dtype=np.float32)


def clustered(random: np.random.Generator) -> np.ndarray:
    """30 clusters far from the origin, each a thousandth as wide as the way to it: float32 cancels badly."""
    centres = 100 * random.standard_normal((30, DIMENSION), dtype=np.float32)
    noise = np.float32(0.1) * random.standard_normal((COUNT, DIMENSION), dtype=np.float32)
    return centres[random.integers(0, 30, COUNT)] + noise


def duplicated(random: np.random.Generator) -> np.ndarray:
    """Every vector about 20 times, so that nearly every cut falls into a run of ties."""
    return random_vectors(random)[random.integers(0, COUNT // 20, COUNT)]


def constant(random: np.random.Generator) -> np.ndarray:
    return np.broadcast_to(random.standard_normal(DIMENSION, dtype=np.float32), (COUNT, DIMENSION)).copy()


def table_of(vectors: np.ndarray, block_rows: int = 4_096) -> Table:
    """Ids whose order has nothing to do with the rows'."""
    ids = [f"{(place * 7_919) % 100_003:06}" for place in range(len(vectors))]
    empty = Table(vectors.shape[1], block_rows=block_rows, learn_at=8)
    return empty.changed(dict(zip(ids, vectors, strict=True)))


def brute_force(vectors: np.ndarray, query: np.ndarray) -> dict[End, list[tuple[str, float]]]:
    """Every distance in float64, all of them sorted by distance, then id."""
    numbers = (np.arange(len(vectors)) * 7_919) % 100_003  # of six digits each: ordered as their names are
    distances = np.sqrt(((vectors.astype(np.float64) - query.astype(np.float64)) ** 2).sum(axis=1))
    orders = {"nearest": np.lexsort((numbers, distances)), "farthest": np.lexsort((numbers, -distances))}
    return {
        end: [(f"{numbers[row]:06}", float(distances[row])) for row in orders[end][:NEIGHBORS]]
        for end in ENDS
    }


def found(searcher: Searcher, table: Table, query: np.ndarray) -> dict[End, list[tuple[str, float]]]:
    return {
        end: [(hit.image_id, hit.distance) for hit in searcher.end(table, query, NEIGHBORS, end)]
        for end in ENDS
    }


@pytest.mark.parametrize(
    ("make", "queries"), [(random_vectors, 1_000), (clustered, 1_000), (duplicated, 1_000), (constant, 50)]
)
def test_both_lists_of_every_query_equal_brute_force(make: Make, queries: int) -> None:
    """Half of the queries are catalogue vectors, so that distance 0 and its ties occur.

    Both indexes beside one brute force, which takes longer than they do.
    """
    random = np.random.default_rng(7)
    vectors = make(random)
    table = table_of(vectors, block_rows=2_048)
    for number in range(queries):
        query = vectors[random.integers(COUNT)]
        if number % 2:
            query = query + np.float32(0.3) * random.standard_normal(DIMENSION, dtype=np.float32)
        expected = brute_force(vectors, query)
        assert [found(searcher, table, query) for searcher in SEARCHERS] == [expected, expected]


@each_searcher
def test_full_width_and_many_blocks(searcher: Searcher) -> None:
    """512 numbers as the starter has; 13 blocks, the last one nearly empty."""
    random = np.random.default_rng(3)
    vectors = random.standard_normal((3_080, 512), dtype=np.float32)
    table = table_of(vectors, block_rows=256)
    assert len(table.blocks) == 13
    for _ in range(40):
        query = random.standard_normal(512, dtype=np.float32)
        assert found(searcher, table, query) == brute_force(vectors, query)


# Coarse values make ties and equal vectors; far-off ones make float32 cancel; tiny ones underflow.
VALUES = st.one_of(
    st.sampled_from([0.0, 1.0, 2.0]),
    st.sampled_from([1e6, 1e6 + 0.125, -1e6]),
    st.sampled_from([0.0, 2.0**-70, 2.0**-149, -(2.0**-126)]),
    st.floats(-100, 100, width=32),
)
TABLES = st.tuples(st.integers(1, 40), st.integers(1, 4)).flatmap(
    lambda shape: arrays.arrays(np.float32, shape, elements=VALUES)
)


# A row, whether it asks by id, and the rows of a block.
ASKERS = st.tuples(st.integers(0, 39), st.booleans(), st.integers(2, 41))


@each_searcher
@given(TABLES, st.integers(1, 45), st.sampled_from(ENDS), ASKERS)
@settings(max_examples=300)
def test_ends_equal_the_naive_twin(
    searcher: Searcher, vectors: np.ndarray, n: int, end: End, asker: tuple[int, bool, int]
) -> None:
    table, row = table_of(vectors, asker[2]), asker[0] % len(vectors)
    own = row if asker[1] else None
    query = vectors[row]
    assert searcher.end(table, query, n, end, own=own) == BRUTE.end(table, query, n, end, own=own)


@each_searcher
@given(TABLES, st.lists(st.integers(0, 39), max_size=8), ASKERS)
@settings(max_examples=300)
def test_measures_equal_the_naive_twin(
    searcher: Searcher, vectors: np.ndarray, asked: list[int], asker: tuple[int, bool, int]
) -> None:
    table, row, by_id = table_of(vectors, asker[2]), asker[0] % len(vectors), asker[1]
    rows = np.array(
        [place for place in asked if place < len(vectors) and not (by_id and place == row)], dtype=np.intp
    )
    own = row if by_id else None
    assert searcher.measure(table, vectors[row], rows, own=own) == BRUTE.measure(
        table, vectors[row], rows, own=own
    )


@each_searcher
def test_measures_of_a_larger_table_equal_the_naive_twin(searcher: Searcher) -> None:
    random = np.random.default_rng(5)
    for make in (random_vectors, clustered, duplicated):
        table = table_of(make(random)[:2_000], block_rows=512)
        query = table.vector(77) + np.float32(0.01)
        rows = random.integers(0, 2_000, 300).astype(np.intp)
        assert searcher.measure(table, query, rows) == BRUTE.measure(table, query, rows)


@each_searcher
def test_the_ends_and_the_measure_agree(searcher: Searcher) -> None:
    table = table_of(duplicated(np.random.default_rng(6)))
    query = table.vector(0)
    for end in ENDS:
        hits = searcher.end(table, query, 50, end, own=0)
        rows = np.array([table.row(hit.image_id) for hit in hits], dtype=np.intp)
        assert searcher.measure(table, query, rows, own=0) == hits


@each_searcher
def test_more_than_there_are_and_none_at_all(searcher: Searcher) -> None:
    table = table_of(np.eye(3, dtype=np.float32))
    assert len(searcher.end(table, np.zeros(3, dtype=np.float32), 100_000, "nearest")) == 3
    assert searcher.end(Table(3), np.zeros(3, dtype=np.float32), 5, "farthest") == []
    alone = table_of(np.ones((1, 3), dtype=np.float32))
    assert searcher.end(alone, alone.vector(0), 5, "nearest", own=0) == []
    assert searcher.end(alone, alone.vector(0), 5, "nearest") == [Hit("000000", 0.0, 0.5)]


@each_searcher
def test_from_far_off_everything_ties(searcher: Searcher) -> None:
    """The scan tells these vectors apart, the distance as float64 defines it does not: ids decide."""
    vectors = (np.arange(400, dtype=np.float32) * np.float32(2.0**-50))[:, None]
    table, query = table_of(vectors), np.array([2.0**20], dtype=np.float32)
    assert len(set(search.exact_distances(query, vectors).tolist())) == 1
    for end in ENDS:
        assert searcher.end(table, query, 10, end) == BRUTE.end(table, query, 10, end)
    rows = np.arange(0, 400, 40)
    assert searcher.measure(table, query, rows) == BRUTE.measure(table, query, rows)


@each_searcher
def test_from_a_little_nearer_nothing_ties(searcher: Searcher) -> None:
    """Here the distances differ by less than float32 resolves at ‖q‖², so that square is added in float64."""
    vectors = (np.arange(400, dtype=np.float32) * np.float32(2.0**-12))[:, None]
    table, query, rows = table_of(vectors), np.array([2.0**14], dtype=np.float32), np.arange(400)
    hits = searcher.measure(table, query, rows)
    assert hits == BRUTE.measure(table, query, rows)
    assert len({hit.percentile for hit in hits}) == 400
    assert searcher.measure(table, query, rows[::40]) == hits[::40]


@each_searcher
def test_a_proof_that_trusts_float32_would_be_wrong(searcher: Searcher) -> None:
    """The case the bound exists for: the scan alone ranks these two the wrong way round."""
    far = np.float32(4_096.0)
    vectors = np.array([[far, 0.0], [far, 0.25]], dtype=np.float32)
    query = np.array([far, 0.1875], dtype=np.float32)
    rows, augmented = search.augment(vectors), search.augmented_query(query, "nearest")
    scanned = [
        np.float32(np.float32(row[0] * augmented[0]) + np.float32(row[2] * augmented[2])) for row in rows
    ]
    assert scanned[0] == scanned[1]
    assert [hit.image_id for hit in searcher.end(table_of(vectors), query, 1, "nearest")] == ["007919"]


def test_each_value_of_the_setting_names_an_index(tmp_path: Path) -> None:
    """The first is the default. Until its loops are compiled, the other one answers."""
    made = [SEARCHERS_BY_SETTING[value](Settings(state=tmp_path)) for value in ("codes", "faiss")]
    assert [type(searcher) for searcher in made] == [StandIn, FaissSearcher]
    assert Settings().vector_store == next(iter(SEARCHERS_BY_SETTING)) == "codes"
