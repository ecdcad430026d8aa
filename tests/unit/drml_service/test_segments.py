"""The codes follow the rows, and a snapshot's never change."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from drml_service import segments as room
from drml_service.codes import code
from drml_service.segments import Segments
from drml_service.table import Table
from drml_service.tiling import read_numbers

IDS = [f"p{number}" for number in range(9)]
SOME_IDS = st.lists(st.sampled_from(IDS), max_size=4, unique=True)


def vector(number: float) -> np.ndarray:
    return np.array([number, -1.0, number * 2], dtype=np.float32)


def check(table: Table, learn_at: int) -> None:
    """The codes are those of the rows' vectors, row by row."""
    segments = table.segments
    if segments is None:
        assert len(table) < learn_at
        return
    assert sum(part.count for part in segments.parts) == len(table)
    start = 0
    for part in segments.parts:
        rows = np.arange(start, start + part.count)
        expected = code(segments.directions, table.vectors(rows))
        np.testing.assert_array_equal(part.codes, expected.codes)
        np.testing.assert_array_equal(read_numbers(part.numbers, part.count), expected.numbers)
        np.testing.assert_array_equal(part.largest, expected.numbers[:5].max(axis=1))
        start += len(rows)


@given(st.lists(st.tuples(SOME_IDS, SOME_IDS), max_size=12))
def test_every_snapshot_has_the_codes_of_its_rows(operations: list[tuple[list[str], list[str]]]) -> None:
    table = Table(3, block_rows=2, learn_at=3)
    history = [table]
    for step, (puts, deletes) in enumerate(operations):
        values = {image_id: vector(10 * step + place) for place, image_id in enumerate(puts)}
        table = table.changed(values, deletes)
        history.append(table)
        history[0].changed({"dropped": vector(99)})  # what is never shown leaves no trace
    for snapshot in history:
        check(snapshot, learn_at=3)


def test_rows_past_one_segment() -> None:
    count = room.SEGMENT_ROWS + 300
    x = np.random.default_rng(0).standard_normal((count, 3), dtype=np.float32)
    table = Table(3).changed({str(row): x[row] for row in range(count)})
    assert table.segments is not None
    assert [part.count for part in table.segments.parts] == [room.SEGMENT_ROWS, 300]
    after = table.changed({"new": vector(1)}, ["7", str(count - 1)])
    check(after, learn_at=0)
    check(table, learn_at=0)


def test_growing_does_not_copy_and_the_untouched_is_shared() -> None:
    x = np.random.default_rng(1).standard_normal((40, 3), dtype=np.float32)
    first = Table(3, learn_at=8).changed({str(row): x[row] for row in range(40)})
    second = first.changed({"new": vector(2)})
    third = second.changed({"7": vector(3)})
    one, two, three = (parts(table)[0].tiles for table in (first, second, third))
    assert np.shares_memory(one, two)
    assert not np.shares_memory(two, three)
    assert parts(third.changed({}))[0] is parts(third)[0]


def test_directions_are_learned_again_when_there_is_much_more() -> None:
    x = np.random.default_rng(2).standard_normal((100, 3), dtype=np.float32)
    few = Table(3, learn_at=8).changed({str(row): x[row] for row in range(10)})
    some = few.changed({str(row): x[row] for row in range(79)})
    many = some.changed({str(row): x[row] for row in range(80)})
    assert [table.segments.learned_from for table in (few, some, many) if table.segments] == [10, 10, 80]
    check(many, learn_at=8)


def parts(table: Table) -> tuple[room.Segment, ...]:
    assert isinstance(table.segments, Segments)
    return table.segments.parts
