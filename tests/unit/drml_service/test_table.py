"""Snapshots of the vectors: each shows one moment, whatever is written after it."""

import threading

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from diversity_view.row_map import RowMap
from drml_service.table import Table, UnusableVector

IDS = [f"p{number}" for number in range(9)]
SOME_IDS = st.lists(st.sampled_from(IDS), max_size=4, unique=True)


def vector(number: float) -> np.ndarray:
    return np.array([number, -number], dtype=np.float32)


def contents(table: Table) -> dict[str, float]:
    """image_id to first number, read from the blocks; ids, rows and norms agree with each other."""
    found = {}
    for row in range(len(table)):
        image_id = str(table.ids(np.array([row]))[0])
        assert table.row(image_id) == row
        found[image_id] = float(table.vector(row)[0])
        assert table.vectors(np.array([row]))[0].tolist() == table.vector(row).tolist()
    assert len(found) == len(table)
    for block in table.blocks:
        np.testing.assert_allclose(block.rows[:, -1], (block.vectors**2).sum(axis=1))
        assert block.largest_norm >= np.sqrt(block.rows[:, -1].max())
    return found


@given(st.lists(st.tuples(SOME_IDS, SOME_IDS), max_size=12))
def test_every_snapshot_keeps_showing_its_moment(operations: list[tuple[list[str], list[str]]]) -> None:
    """Against a dictionary that is copied; blocks of two rows make every kind of move happen."""
    table, model = Table(2, block_rows=2), dict[str, float]()
    history = [(table, model)]
    for step, (puts, deletes) in enumerate(operations):
        values = {image_id: float(10 * step + place) for place, image_id in enumerate(puts)}
        table = table.changed({image_id: vector(value) for image_id, value in values.items()}, deletes)
        model = {key: value for key, value in model.items() if key not in deletes} | values
        history.append((table, model))
    for snapshot, expected in history:
        assert contents(snapshot) == expected
        assert all(snapshot.row(image_id) is None for image_id in set(IDS) - expected.keys())


@given(st.lists(st.tuples(SOME_IDS, SOME_IDS), min_size=2, max_size=8))
def test_a_table_that_is_dropped_leaves_no_trace(operations: list[tuple[list[str], list[str]]]) -> None:
    """As when the commit of a batch fails after its table was made."""
    kept = Table(2, block_rows=2).changed({image_id: vector(place) for place, image_id in enumerate(IDS[:5])})
    expected = contents(kept)
    for puts, deletes in operations:
        kept.changed({image_id: vector(99) for image_id in puts}, deletes)
        assert contents(kept) == expected
    after = kept.changed({"new": vector(7)})
    assert contents(after) == {**expected, "new": 7.0}


def test_growing_does_not_copy() -> None:
    first = Table(2, block_rows=8).changed({"a": vector(1)})
    second = first.changed({"b": vector(2)})
    assert np.shares_memory(first.blocks[0].rows, second.blocks[0].rows)
    third = second.changed({"a": vector(3)})
    assert not np.shares_memory(second.blocks[0].rows, third.blocks[0].rows)


def test_untouched_blocks_are_shared() -> None:
    before = Table(2, block_rows=2).changed({image_id: vector(1) for image_id in IDS})
    after = before.changed({IDS[0]: vector(5)})
    assert after.blocks[1:] == before.blocks[1:]
    assert after.blocks[0] is not before.blocks[0]


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf, 1e16, 3e38])
def test_a_vector_that_cannot_be_searched_is_refused(bad: float) -> None:
    table = Table(2).changed({"a": vector(1)})
    with pytest.raises(UnusableVector):
        table.changed({"b": vector(2), "c": np.array([0, bad], dtype=np.float32)})
    assert contents(table) == {"a": 1.0}


def test_a_vector_of_another_length_is_refused() -> None:
    with pytest.raises(UnusableVector, match="3 numbers instead of 2"):
        Table(2).changed({"a": np.zeros(3, dtype=np.float32)})


@given(
    st.lists(st.dictionaries(st.sampled_from(IDS), st.none() | st.integers(0, 9), max_size=4), max_size=10)
)
def test_row_maps_equal_dictionaries(changes: list[dict[str, int | None]]) -> None:
    rows, model = RowMap(merge_at=3), dict[str, int]()
    for change in changes:
        before, expected = rows, dict(model)
        rows = rows.changed(change)
        model = {key: row for key, row in {**model, **change}.items() if row is not None}
        assert {key: row for key in IDS if (row := before.get(key)) is not None} == expected
    assert {key: row for key in IDS if (row := rows.get(key)) is not None} == model


def test_no_change_copies_all_ids() -> None:
    """Whoever copies a million of them in one step holds up every query meanwhile."""
    rows, copied = RowMap().changed({f"{number}": number for number in range(20_000)}), list[int]()
    for number in range(10_000):
        following = rows.changed({f"new-{number}": number})
        parts = zip(rows._parts, following._parts, strict=True)
        copied.append(sum(len(new.settled) for old, new in parts if new.settled is not old.settled))
        rows = following
    assert 0 < max(copied) < 1_000
    assert len(dict(rows)) == 30_000


def test_readers_see_whole_batches_while_one_writes() -> None:
    """Every batch writes one number to all its entries; a reader that saw two numbers saw a torn batch."""
    shown = [Table(2, block_rows=4).changed({image_id: vector(0) for image_id in IDS})]
    torn: list[set[float]] = []
    done = threading.Event()

    def read() -> None:
        while not done.is_set():
            numbers = set(contents(shown[0]).values())
            if len(numbers) > 1:
                torn.append(numbers)

    readers = [threading.Thread(target=read) for _ in range(3)]
    for reader in readers:
        reader.start()
    for step in range(1, 150):
        # Deleting, then growing, so that rows move and memory is written past older tables.
        smaller = shown[0].changed({}, IDS[: step % 5])
        shown[0] = smaller.changed({image_id: vector(step) for image_id in IDS})
    done.set()
    for reader in readers:
        reader.join()
    assert torn == []
