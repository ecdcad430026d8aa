"""A table between two starts: the same one again, whatever came since; a foreign file counts for nothing."""

from collections.abc import Iterable, Mapping
from pathlib import Path

import numpy as np
import pytest

from diversity_view.feed import View
from diversity_view.records import Entry, Indexed, Position
from drml_service.correction import usual_distances
from drml_service.holding import in_process
from drml_service.kept_table import KeptTable
from drml_service.search import Float32
from drml_service.segments import SEGMENT_ROWS
from drml_service.table import Table
from drml_service.table_arrays import arrays_of, table_of
from drml_service.two_ended import TwoEndedSearcher

RANDOM = np.random.default_rng(3)
WIDTH, BLOCK = 8, 16
SAMPLE = RANDOM.standard_normal((5, WIDTH)).astype(np.float32)
VECTORS = RANDOM.standard_normal((200, WIDTH)).astype(np.float32)
ALL = range(100)


class Index:
    """A store's contents, and a process over them: what it took from the file, what it worked out."""

    def __init__(self, path: Path, numbers: Mapping[int, int], applied: int, **settings: str) -> None:
        """`numbers`: the change by which each vector came, under the id `p<number>`."""
        self.compared = 0
        holding = in_process(WIDTH, SAMPLE, self._compare)
        empty = Table(WIDTH, usual=holding.empty.usual, block_rows=BLOCK, learn_at=10)
        self.position = Position("catalogue", applied)
        self.entries = {f"p{number}": Entry(hash_of(number), seq) for number, seq in numbers.items()}
        self.kept = KeptTable(path, empty, settings.get("made_of", "an artifact"), worth=10)
        self.kept.hashes = lambda at: (
            {name: entry.content_hash for name, entry in self.entries.items()}
            if at == self.position
            else None
        )
        spared = self.kept.spare(self.position, self.entries)
        before, gone = self.kept.begun()
        left = {f"p{number}": Indexed(VECTORS[number]) for number in numbers if f"p{number}" not in spared}
        self.read = len(left)
        self.table = holding.follow(before, left, gone)
        self.view = View(self.table, self.position)
        self.kept.note(self.view, 0)
        self._follow = holding.follow

    def _compare(self, vectors: Float32) -> np.ndarray:
        self.compared += len(vectors)
        return usual_distances(vectors, SAMPLE)

    def change(self, added: Iterable[int], removed: Iterable[int], applied: int) -> None:
        upserts = {f"p{number}": Indexed(VECTORS[number]) for number in added}
        self.table = self._follow(self.table, upserts, [f"p{number}" for number in removed])
        self.position = Position("catalogue", applied)
        for number in removed:
            del self.entries[f"p{number}"]
        self.entries |= {f"p{number}": Entry(hash_of(number), applied) for number in added}
        self.view = View(self.table, self.position)
        self.kept.note(self.view, len(upserts) + len(list(removed)))

    def close(self) -> None:
        self.kept.close(self.view)


def hash_of(number: int) -> str:
    return f"{number:064x}"


def stored(numbers: Iterable[int]) -> dict[int, int]:
    return {number: number + 1 for number in numbers}


def kept(path: Path, numbers: Iterable[int] = ALL) -> None:
    """A process that came and went."""
    wanted = stored(numbers)
    index = Index(path, wanted, max(wanted.values()))
    assert index.read == len(wanted)
    index.close()
    assert path.exists()


def says_the_same(index: Index, numbers: Iterable[int]) -> None:
    """As a table that was made of these vectors alone."""
    plain = Table(WIDTH).changed({f"p{number}": VECTORS[number] for number in numbers})
    searcher = TwoEndedSearcher()
    for query in VECTORS[[0, 50, 150]]:
        for end in ("nearest", "farthest"):
            expected = searcher.end(plain, query, 7, end)
            assert searcher.end(index.table, query, 7, end) == expected
    assert index.table.usual is not None
    names = [f"p{number}" for number in numbers]
    expected_usual = usual_distances(VECTORS[list(numbers)], SAMPLE)
    np.testing.assert_allclose(index.table.usual.of(names), expected_usual, rtol=1e-8)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "table-a.mapped"


def test_a_second_start_reads_and_works_out_nothing(path: Path) -> None:
    kept(path)
    index = Index(path, stored(ALL), 100)
    assert (index.read, index.compared) == (0, 0)
    says_the_same(index, ALL)
    assert index.table.segments is not None
    first = index.table.blocks[0].rows
    assert first.base is not None, "it lies in the file's memory"


def test_what_came_since_is_worked_out(path: Path) -> None:
    """Two more, one gone, one replaced by the same id with another content."""
    kept(path)
    numbers = {number: number + 1 for number in ALL if number != 40} | {120: 105, 121: 106}
    index = Index(path, numbers, 110)
    assert (index.read, index.compared) == (2, 2)
    says_the_same(index, sorted(numbers))


def test_a_row_of_another_content_or_a_later_change_is_not_taken(path: Path) -> None:
    kept(path)
    index = Index(path, stored(ALL) | {30: 101}, 101)
    assert index.read == 1
    says_the_same(index, ALL)
    other = Index(path, stored(ALL), 101)
    other.entries["p7"] = Entry("f" * 64, 8)
    assert "p7" not in KeptTable(path, other.kept._empty, "an artifact").spare(other.position, other.entries)


def test_a_mapped_table_is_followed_as_any_other(path: Path) -> None:
    kept(path)
    before = path.read_bytes()
    index = Index(path, stored(ALL), 100)
    index.change([130, 131], [3, 99, 50], 103)
    says_the_same(index, [*(number for number in ALL if number not in {3, 99, 50}), 130, 131])
    assert path.read_bytes() == before


@pytest.mark.parametrize("what", ["an artifact", "applied", "catalogue"])
def test_a_foreign_file_counts_for_nothing(path: Path, what: str) -> None:
    kept(path)
    if what == "an artifact":
        assert Index(path, stored(ALL), 100, made_of="another").read == 100
    elif what == "applied":  # the store is from before the file
        assert Index(path, stored(range(50)), 50).read == 50
    else:
        index = Index(path, stored(ALL), 100)
        elsewhere = Position("another catalogue", 100)
        assert not KeptTable(path, index.kept._empty, "an artifact").spare(elsewhere, index.entries)


def test_a_damaged_file_is_made_anew(path: Path) -> None:
    kept(path)
    path.write_bytes(path.read_bytes()[:-100])
    index = Index(path, stored(ALL), 100)
    assert index.read == 100
    says_the_same(index, ALL)
    index.close()
    assert Index(path, stored(ALL), 100).read == 0


def test_a_table_that_is_mostly_another_is_made_anew(path: Path) -> None:
    kept(path)
    index = Index(path, stored(range(20)), 120)
    assert index.read == 20
    says_the_same(index, range(20))


def test_a_growing_index_is_written_by_quarters_and_at_the_end(path: Path) -> None:
    index = Index(path, {}, 0)
    written = set[bytes]()
    for number in range(60):
        index.change([number], [], number + 1)
        index.kept._wait()
        written.add(path.read_bytes() if path.exists() else b"")
    assert 4 <= len(written - {b""}) <= 8
    index.change(range(60, 71), [], 71)
    index.close()
    assert Index(path, dict.fromkeys(range(71), 1), 71).read == 0


def test_an_emptied_index_forgets(path: Path) -> None:
    kept(path)
    index = Index(path, stored(ALL), 100)
    index.kept.forget()
    assert not path.exists()
    says_the_same(index, ALL)


def test_few_rows_have_no_file(path: Path) -> None:
    Index(path, stored(range(9)), 9).close()
    assert list(path.parent.iterdir()) == []


def test_a_file_that_cannot_be_written_costs_nothing(tmp_path: Path) -> None:
    index = Index(tmp_path / "away" / "table-a.mapped", stored(ALL), 100)
    index.close()
    says_the_same(index, ALL)


def test_segments_that_are_full_stay_in_the_file() -> None:
    vectors = RANDOM.standard_normal((SEGMENT_ROWS + 100, 2)).astype(np.float32)
    empty, ids = Table(2, learn_at=10), [str(row) for row in range(len(vectors))]
    table = empty.changed(dict(zip(ids, vectors, strict=True)))
    about, pieces = arrays_of(table, ids)
    arrays = {name: np.concatenate(parts) for name, parts in pieces.items()}
    again = table_of(empty, ids, arrays, about)
    assert again.segments is not None
    assert np.shares_memory(again.segments.parts[0].tiles, arrays["tiles"])
    assert not np.shares_memory(again.segments.parts[1].tiles, arrays["tiles"])
    changes = {"0": vectors[1] + 1, "new": vectors[2] + 1}
    searcher = TwoEndedSearcher()
    for one, other in ((table, again), (table.changed(changes, ["5"]), again.changed(changes, ["5"]))):
        found = [list(searcher.both_of_many(each, vectors[:3], 5)) for each in (one, other)]
        assert found[0] == found[1]
