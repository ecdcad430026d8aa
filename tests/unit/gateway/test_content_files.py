"""Content files: written once under their hash, swept only when old and unused."""

import errno
import os
import resource
import signal
import time
from pathlib import Path

import pytest

from diversity_contracts.pictures import content_hash
from diversity_contracts.problems import NoSpace
from diversity_gateway.content_files import SWEEP_AFTER_S, ContentFiles, space_is_said

DATA = b"some bytes"
HASH = content_hash(DATA)


def stored(root: Path) -> list[Path]:
    return [path for path in root.rglob("*") if path.is_file()]


def test_stored_once_and_read_back(tmp_path: Path) -> None:
    files = ContentFiles(tmp_path)
    files.store(HASH, DATA)
    files.store(HASH, DATA)
    assert files.read(HASH) == DATA
    assert stored(tmp_path) == [tmp_path / "content" / HASH[:2] / HASH]


@pytest.mark.parametrize("name", ["../../../etc/passwd", "", "ab", HASH.upper(), HASH + "/.."])
def test_only_hashes_become_paths(tmp_path: Path, name: str) -> None:
    with pytest.raises(ValueError, match="not a content hash"):
        ContentFiles(tmp_path).read(name)


def test_a_thumbnail_is_made_once(tmp_path: Path) -> None:
    files, made = ContentFiles(tmp_path), list[bytes]()

    def make(data: bytes) -> bytes:
        made.append(data)
        return b"small"

    files.store(HASH, DATA)
    assert [files.thumbnail(HASH, make) for _ in range(3)] == [b"small"] * 3
    assert made == [DATA]


def test_sweep_takes_the_old_and_unused(tmp_path: Path) -> None:
    files = ContentFiles(tmp_path)
    names = {name: content_hash(name.encode()) for name in ("old", "young", "used")}
    for name, key in names.items():
        files.store(key, name.encode())
    files.thumbnail(names["old"], lambda data: data)
    (tmp_path / "incoming" / "left").write_bytes(b"half")
    now = time.time()
    for path in stored(tmp_path):
        if names["young"] not in path.name:
            os.utime(path, (now - SWEEP_AFTER_S - 1,) * 2)
    assert files.sweep({names["used"]}, now=now) == 3
    assert sorted(path.name for path in stored(tmp_path)) == sorted([names["young"], names["used"]])


def test_storing_again_keeps_the_sweeper_away(tmp_path: Path) -> None:
    files = ContentFiles(tmp_path)
    files.store(HASH, DATA)
    os.utime(tmp_path / "content" / HASH[:2] / HASH, (0, 0))
    files.store(HASH, DATA)
    assert files.sweep(set()) == 0
    assert files.read(HASH) == DATA


def test_a_full_disk_is_said_and_leaves_nothing(tmp_path: Path) -> None:
    """A size limit of the process stands in for the disk: the kernel refuses the write in the same place."""
    files, data = ContentFiles(tmp_path), b"x" * 100_000
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, before[1]))
    try:
        with pytest.raises(OSError, match=os.strerror(errno.EFBIG)):
            files.store(content_hash(data), data)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, handler)
    assert stored(tmp_path) == []


def test_no_space_is_a_507() -> None:
    """/dev/full refuses every write with ENOSPC; `space_is_said` turns that into the public error."""
    with pytest.raises(NoSpace), space_is_said(), Path("/dev/full").open("wb") as full:
        full.write(b"x" * 10_000)
