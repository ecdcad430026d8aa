"""Several queries in one pass, two segments, and answers that do not depend on what happened before."""

from collections.abc import Callable

import numpy as np
import pytest

from drml_service.index import FaissSearcher
from drml_service.searcher import Hit
from drml_service.segments import SEGMENT_ROWS
from drml_service.sifting import ENDS
from drml_service.table import Table
from drml_service.two_ended import TwoEndedSearcher
from tests.fakes.searcher import BruteForce

CODES, FAISS, BRUTE = TwoEndedSearcher(), FaissSearcher(), BruteForce()
Ends = tuple[list[Hit], list[Hit]]


def narrow(count: int, dimension: int, seed: int) -> np.ndarray:
    """Vectors in a few directions of many, so that codes are of those few; every twentieth comes twice."""
    random = np.random.default_rng(seed)
    widths = (1 + np.arange(dimension) / 4) ** -2.0
    turn = np.linalg.qr(random.standard_normal((dimension, dimension)))[0]
    x: np.ndarray = ((random.standard_normal((count, dimension)) * widths) @ turn).astype(np.float32)
    x[::20] = x[7]
    return x


def table_of(x: np.ndarray) -> Table:
    ids = (f"{(place * 7_919) % 1_000_003:07}" for place in range(len(x)))
    return Table(x.shape[1], learn_at=64).changed(dict(zip(ids, x, strict=True)))


def both(searcher: BruteForce | FaissSearcher, table: Table, query: np.ndarray, n: int) -> Ends:
    return searcher.end(table, query, n, "nearest"), searcher.end(table, query, n, "farthest")


@pytest.mark.parametrize("n", [1, 10, 150, 400])
def test_many_queries_are_answered_as_one_at_a_time(n: int) -> None:
    x = narrow(300, 96, seed=1)
    table = table_of(x)
    assert table.segments is not None
    assert table.segments.directions.basis is not None
    queries = np.vstack([x[:20], x[40:45] + np.float32(0.01)])
    found = list(CODES.both_of_many(table, queries, n))
    assert found == [both(BRUTE, table, query, n) for query in queries]
    assert found == [CODES.both(table, query, n) for query in queries]


def test_two_segments_and_many_pieces() -> None:
    """Against the other index, which is tested against brute force: 70,000 rows take brute force minutes."""
    x = narrow(SEGMENT_ROWS + 4_000, 70, seed=2)
    table = table_of(x)
    queries = x[np.random.default_rng(3).integers(0, len(x), 40)] + np.float32(0.02)
    for query, found in zip(queries, CODES.both_of_many(table, queries, 10), strict=True):
        assert found == both(FAISS, table, query, 10)
    rows = np.array([3, 70_000 - 1_000, 12, 60_000, 40])
    assert CODES.measure(table, queries[0], rows) == FAISS.measure(table, queries[0], rows)
    assert CODES.both(table, x[5], 10, own=5)[0] == FAISS.end(table, x[5], 10, "nearest", own=5)


@pytest.mark.parametrize(
    "find", [CODES.both, lambda *asked: next(iter(CODES.both_of_many(*asked_many(*asked))))]
)
def test_the_same_question_has_the_same_answer_a_hundred_times(find: Callable[..., Ends]) -> None:
    x = narrow(2_000, 96, seed=4)
    table, query = table_of(x), x[7] + np.float32(0.001)
    first = find(table, query, 10)
    assert all(find(table, query, 10) == first for _ in range(99))


def asked_many(table: Table, query: np.ndarray, n: int) -> tuple[Table, np.ndarray, int]:
    return table, np.vstack([query, table.vector(1)]), n


def test_pictures_that_come_and_go_leave_the_answer_as_it_was() -> None:
    """Rows move, directions are learned again: ids, distances and percentiles stay."""
    x, others = narrow(600, 96, seed=5), narrow(5_500, 96, seed=6)
    table, query = table_of(x), x[7]
    before = CODES.both(table, query, 20)
    names = [f"other-{number}" for number in range(len(others))]
    for start in range(0, len(names), 1_100):
        inside = slice(start, start + 1_100)
        table = table.changed(dict(zip(names[inside], others[inside], strict=True)))
    assert CODES.both(table, query, 20) != before
    table = table.changed({}, names[::2]).changed({}, names[1::2])
    assert CODES.both(table, query, 20) == before


def test_nothing_to_find() -> None:
    query = np.zeros(3, dtype=np.float32)
    assert CODES.both(Table(3), query, 5) == ([], [])
    assert list(CODES.both_of_many(Table(3), query[None], 5)) == [([], [])]


@pytest.mark.parametrize("share", [0.01, 0.5, 0.97, 1.0])
@pytest.mark.parametrize("count", [40, 3_000])  # read whole, and through the sieve
def test_hidden_rows_are_counted_but_not_returned(count: int, share: float) -> None:
    x, random = narrow(count, 96, seed=8), np.random.default_rng(9)
    table, hidden = table_of(x), random.random(count) < share
    for own in (None, 7):
        every = [BRUTE.end(table, x[7], count, end, own=own) for end in ENDS]
        wanted = tuple([hit for hit in hits if not hidden[place(table, hit)]][:10] for hits in every)
        assert CODES.both(table, x[7], 10, own=own, hidden=hidden) == wanted
        assert CODES.end(table, x[7], 10, "farthest", own=own, hidden=hidden) == wanted[1]


def place(table: Table, hit: Hit) -> int:
    row = table.row(hit.image_id)
    assert row is not None
    return row


def test_so_many_ties_that_the_sieve_overflows() -> None:
    """Ten thousand equal vectors at each end are all noted, and nothing drops out."""
    x = np.zeros((20_100, 8), dtype=np.float32)
    x[:10_000, 0], x[10_000:20_000, 0] = 1.0, -1.0
    x[20_000:] = np.random.default_rng(10).standard_normal((100, 8)) / 100
    table, query = table_of(x), np.array([1.0, 0, 0, 0, 0, 0, 0, 0], dtype=np.float32)
    assert table.segments is not None
    for end in ENDS:
        found = CODES.end(table, query, 25, end)
        assert found == FAISS.end(table, query, 25, end)
        assert len({hit.distance for hit in found}) == 1


def test_what_was_removed_at_the_end_is_in_no_list() -> None:
    """Its codes still lie in the last tile, past the rows of this snapshot."""
    x = narrow(600, 96, seed=11)
    table, query = table_of(x), x[7] + np.float32(0.001)
    before = CODES.both(table, query, 10)
    extremes = {"same": query, "far": 50 * x[3], "other": -50 * x[3]}
    more = table.changed(extremes)
    assert more.segments is not None
    assert {hit.image_id for end in CODES.both(more, query, 10) for hit in end} >= set(extremes)
    assert CODES.both(more.changed({}, list(extremes)), query, 10) == before
