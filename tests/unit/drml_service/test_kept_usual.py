"""What was compared once is not compared again, and a file that cannot be trusted counts for nothing."""

from pathlib import Path

import numpy as np
import pytest

from drml_service.correction import usual_distances
from drml_service.kept_usual import KeptUsual

RANDOM = np.random.default_rng(0)
SAMPLE, OTHER_SAMPLE = RANDOM.standard_normal((2, 20, 6)).astype(np.float32)
VECTORS = RANDOM.standard_normal((50, 6)).astype(np.float32)


class Counting:
    """The real comparison, and how many vectors went through it."""

    def __init__(self) -> None:
        self.compared = 0

    def __call__(self, vectors: np.ndarray, reference: np.ndarray) -> np.ndarray:
        self.compared += len(vectors)
        return usual_distances(vectors, reference)


def compared(path: Path, vectors: np.ndarray, sample: np.ndarray = SAMPLE) -> int:
    """How many are compared at a start; what comes back is always the comparison's."""
    counting = Counting()
    found = KeptUsual(path, sample, counting, worth=10).of(vectors)
    np.testing.assert_array_equal(found, usual_distances(vectors, sample))
    return counting.compared


def test_a_second_start_compares_what_is_new(tmp_path: Path) -> None:
    path = tmp_path / "usual"
    assert compared(path, VECTORS[:30]) == 30
    assert compared(path, VECTORS[5:30]) == 0
    assert compared(path, VECTORS[[29, 3, 40, 3, 41, 0, 1, 2, 4, 5]]) == 2
    assert compared(path, VECTORS) == 20
    assert compared(path, VECTORS[::-1]) == 0


def test_a_few_are_compared_without_a_file(tmp_path: Path) -> None:
    assert [compared(tmp_path / "usual", VECTORS[:9]) for _ in range(2)] == [9, 9]
    assert list(tmp_path.iterdir()) == []
    assert compared(tmp_path / "usual", VECTORS[:0]) == 0


def test_few_at_a_time_become_a_file(tmp_path: Path) -> None:
    """As a catalogue is fed; what came after the last writing is compared again."""
    path = tmp_path / "usual"
    kept = KeptUsual(path, SAMPLE, usual_distances, worth=10)
    written = set()
    for start in range(0, 48, 4):
        kept.of(VECTORS[start : start + 4])
        written.add(path.read_bytes() if path.exists() else b"")
    assert len(written - {b""}) == 4  # of 12, 24, 36 and 48
    assert compared(path, VECTORS) == 2


def test_a_large_file_is_not_written_for_every_few(tmp_path: Path) -> None:
    path = tmp_path / "usual"
    kept = KeptUsual(path, SAMPLE, usual_distances, worth=2)
    kept.of(VECTORS[:40])
    before = path.read_bytes()
    for row in range(40, 49):
        kept.of(VECTORS[row : row + 1])
    assert path.read_bytes() == before
    kept.of(VECTORS[49:50])
    assert compared(path, VECTORS) == 0


def test_nor_is_one_of_an_earlier_start(tmp_path: Path) -> None:
    """Reading and writing a million of them takes seconds, which a start's first queries would feel."""
    path = tmp_path / "usual"
    KeptUsual(path, SAMPLE, usual_distances, worth=2).of(VECTORS[:40])
    before, again = path.read_bytes(), KeptUsual(path, SAMPLE, usual_distances, worth=2)
    again.of(VECTORS[:40])
    for row in range(40, 49):
        again.of(VECTORS[row : row + 1])
    assert path.read_bytes() == before
    again.of(VECTORS[49:50])
    assert path.read_bytes() != before


def test_another_sample_is_compared_with_anew(tmp_path: Path) -> None:
    compared(tmp_path / "usual", VECTORS)
    assert compared(tmp_path / "usual", VECTORS, OTHER_SAMPLE) == 50


@pytest.mark.parametrize("place", [-1, -900, 5, 60])
def test_a_flipped_bit_is_noticed(tmp_path: Path, place: int) -> None:
    path = tmp_path / "usual"
    compared(path, VECTORS)
    data = bytearray(path.read_bytes())
    data[place] ^= 1
    path.write_bytes(data)
    assert compared(path, VECTORS) == 50


def test_half_a_file_and_none_that_can_be_written(tmp_path: Path) -> None:
    path = tmp_path / "usual"
    compared(path, VECTORS)
    path.write_bytes(path.read_bytes()[:500])
    assert compared(path, VECTORS) == 50
    assert compared(tmp_path / "missing" / "usual", VECTORS) == 50
