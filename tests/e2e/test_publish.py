"""Publishing by real processes that are killed at every step, at random moments, and that run side by side.

PUBLISH_KILLS (500) is how many the heavy test kills; PUBLISH_SEED repeats a run.
"""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from diversity_contracts.manifest import current, verify, versions
from tests.fakes.live_view import publish_word

KILLS = int(os.environ.get("PUBLISH_KILLS", "500"))
SEED = int(os.environ.get("PUBLISH_SEED", "1"))


@contextmanager
def publisher(*arguments: object) -> Iterator[subprocess.Popen[str]]:
    """`tests.fakes.publisher`, which ends with the block."""
    command = [sys.executable, "-m", "tests.fakes.publisher", *map(str, arguments)]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parents[2]
    ) as process:
        yield process
        assert process.wait(120) == 0


def each_line(process: subprocess.Popen[str]) -> Iterator[str]:
    """What it says; it goes on when the next line is asked for."""
    assert process.stdin is not None
    assert process.stdout is not None
    for line in process.stdout:
        yield line.strip()
        process.stdin.write("\n")
        process.stdin.flush()


def whole(root: Path) -> str:
    """The current version; AssertionError or BadArtifact unless it and every other one is whole."""
    folder = current(root, "drml")
    assert folder is not None
    for version in versions(root, "drml"):
        assert verify(root / "drml" / version, "drml").version == version
    return folder.name


def test_killed_at_every_step(tmp_path: Path) -> None:
    named = publish_word(tmp_path, "before").name
    said, taken = list[str](), set[str]()
    with publisher(tmp_path, "steps") as process:
        for line in each_line(process):
            said.append(line)
            now = whole(tmp_path)
            if "killed" in line and now != named:
                taken.add(now)  # killed after `current` was replaced
            named = now
    assert len(said) > 12
    assert [line.split()[-1] for line in said] == ["killed"] * (len(said) - 1) + ["published"]
    assert len(taken) <= 3
    word = (tmp_path / "drml" / named / "word.txt").read_text()
    assert word == f"step {len(said)}"


def test_two_publish_side_by_side(tmp_path: Path) -> None:
    publish_word(tmp_path, "before")
    seen = set[str]()
    with publisher(tmp_path, "many", 15) as one, publisher(tmp_path, "many", 15) as other:
        while one.poll() is None or other.poll() is None:
            folder = current(tmp_path, "drml")
            assert folder is not None
            verify(folder, "drml")
            seen.add(folder.name)
    assert whole(tmp_path) in versions(tmp_path, "drml")
    assert len(versions(tmp_path, "drml")) == 31
    assert len(seen) > 1
    assert list((tmp_path / "drml").glob(".*")) == []


@pytest.mark.heavy
def test_killed_at_random(tmp_path: Path) -> None:
    publish_word(tmp_path, "before")
    kills = 0
    with publisher(tmp_path, "random", KILLS, SEED) as process:
        for line in each_line(process):
            kills = int(line.split()[0])
            whole_current(tmp_path)
    assert kills >= KILLS
    print(f"{kills} publishers killed, {len(versions(tmp_path, 'drml'))} artifacts whole")
    whole(tmp_path)


def whole_current(root: Path) -> None:
    """The current one alone: hundreds of them are not read each time."""
    folder = current(root, "drml")
    assert folder is not None
    verify(folder, "drml")
