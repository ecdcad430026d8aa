"""Arrays in a file: the same again, shared and not written to, and nothing of a file that is not whole."""

import os
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from diversity_view import mapped_file

ROWS = np.arange(35, dtype=np.float32).reshape(7, 5)
ARRAYS: dict[str, list[mapped_file.Array]] = {
    "rows": [ROWS[:3], ROWS[3:]],
    "none": [np.empty((0, 0))],
    "bytes": [np.frombuffer(b"a\nb", np.uint8)],
}
ABOUT = {"of": ["a", 1, None]}


def written(folder: Path) -> Path:
    path = folder / "table.mapped"
    mapped_file.write(path, ABOUT, ARRAYS)
    return path


def test_what_was_written_is_there_again(tmp_path: Path) -> None:
    found = mapped_file.read(written(tmp_path))
    assert found is not None
    assert found.about == ABOUT
    np.testing.assert_array_equal(found.arrays["rows"], ROWS)
    assert found.arrays["none"].shape == (0, 0)
    assert found.arrays["bytes"].tobytes() == b"a\nb"
    assert all(array.ctypes.data % 64 == 0 for array in found.arrays.values() if array.size)
    assert [file.name for file in tmp_path.iterdir()] == ["table.mapped"]


def test_who_writes_writes_to_memory_of_its_own(tmp_path: Path) -> None:
    path = written(tmp_path)
    before, found = path.read_bytes(), mapped_file.read(path)
    assert found is not None
    found.arrays["rows"][0, 0] = 99
    assert path.read_bytes() == before


def test_a_mapped_file_outlives_the_one_that_replaces_it(tmp_path: Path) -> None:
    path = written(tmp_path)
    found = mapped_file.read(path)
    assert found is not None
    mapped_file.write(path, ABOUT, {"rows": [ROWS + 1]})
    np.testing.assert_array_equal(found.arrays["rows"], ROWS)
    mapped_file.remove(path)
    np.testing.assert_array_equal(found.arrays["rows"], ROWS)
    assert mapped_file.read(path) is None


def test_any_flipped_bit_is_noticed(tmp_path: Path) -> None:
    path = written(tmp_path)
    sound = path.read_bytes()
    for place in range(0, len(sound), 7):
        path.write_bytes(sound[:place] + bytes([sound[place] ^ 4]) + sound[place + 1 :])
        assert mapped_file.read(path) is None, place


@pytest.mark.parametrize("length", [0, 5, 39, 100, -1])
def test_part_of_a_file_counts_for_nothing(tmp_path: Path, length: int) -> None:
    path = written(tmp_path)
    path.write_bytes(path.read_bytes()[:length])
    assert mapped_file.read(path) is None


def test_a_writer_that_fails_leaves_what_was_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = written(tmp_path)

    def fails(_: int) -> None:
        raise OSError("no space")

    monkeypatch.setattr(os, "fsync", fails)
    with pytest.raises(OSError, match="no space"):
        mapped_file.write(path, ABOUT, {"rows": [ROWS + 1]})
    found = mapped_file.read(path)
    assert found is not None
    np.testing.assert_array_equal(found.arrays["rows"], ROWS)
    assert [file.name for file in tmp_path.iterdir()] == ["table.mapped"]


_ENDLESS = """
import sys
from pathlib import Path
import numpy as np
from diversity_view import mapped_file
for number in range(10**9):
    rows = np.full((20_000, 10), number, np.float32)
    mapped_file.write(Path(sys.argv[1]), {"number": number}, {"rows": [rows]})
"""


def test_a_killed_writer_leaves_a_whole_file(tmp_path: Path) -> None:
    path = written(tmp_path)
    for turn in range(3):
        process = subprocess.Popen([sys.executable, "-c", _ENDLESS, str(path)])
        before = path.stat().st_ino
        deadline = time.monotonic() + 60
        while path.stat().st_ino == before and time.monotonic() < deadline:
            time.sleep(0.005)
        time.sleep(0.007 * turn)
        process.kill()
        process.wait()
        found = mapped_file.read(path)
        assert found is not None
        np.testing.assert_array_equal(found.arrays["rows"], found.about["number"])
    written(tmp_path)
    assert [file.name for file in tmp_path.iterdir()] == ["table.mapped"]
