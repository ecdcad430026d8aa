"""Publishing by real processes that are killed at every step, at random moments, and that run side by side.

PUBLISH_KILLS (500) is how many the heavy test kills; PUBLISH_SEED repeats a run. A moment at which `current`
names no whole artifact is one that is lost.
"""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from diversity_contracts.manifest import BadArtifact, current, verify, versions
from tests.fakes.live_view import publish_word

KILLS = int(os.environ.get("PUBLISH_KILLS", "500"))
SEED = int(os.environ.get("PUBLISH_SEED", "1"))
Note = Callable[[str, object], None]


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


def test_killed_at_every_step(tmp_path: Path, record_property: Note) -> None:
    named = publish_word(tmp_path, "before").name
    said, taken, broken = list[str](), set[str](), list[str]()
    with publisher(tmp_path, "steps") as process:
        for line in each_line(process):
            said.append(line)
            now = whole_or_noted(tmp_path, broken, named)
            if "killed" in line and now != named:
                taken.add(now)  # killed after `current` was replaced
            named = now
    record_property("tried kills of publishers", len(said) - 1)
    record_property("lost artifacts", len(broken))
    assert broken == []
    assert len(said) > 12
    assert [line.split()[-1] for line in said] == ["killed"] * (len(said) - 1) + ["published"]
    assert len(taken) <= 3
    word = (tmp_path / "drml" / named / "word.txt").read_text()
    assert word == f"step {len(said)}"


def test_two_publish_side_by_side(tmp_path: Path, record_property: Note) -> None:
    publish_word(tmp_path, "before")
    seen = set[str]()
    with publisher(tmp_path, "many", 15) as one, publisher(tmp_path, "many", 15) as other:
        while one.poll() is None or other.poll() is None:
            folder = current(tmp_path, "drml")
            assert folder is not None
            verify(folder, "drml")
            seen.add(folder.name)
    published = len(versions(tmp_path, "drml")) - 1
    record_property("tried artifacts published side by side", published)
    record_property("lost artifacts", 30 - published)
    assert whole(tmp_path) in versions(tmp_path, "drml")
    assert published == 30
    assert len(seen) > 1
    assert list((tmp_path / "drml").glob(".*")) == []


@pytest.mark.heavy
def test_killed_at_random(tmp_path: Path, record_property: Note) -> None:
    publish_word(tmp_path, "before")
    kills, broken = 0, list[str]()
    with publisher(tmp_path, "random", KILLS, SEED) as process:
        for line in each_line(process):
            kills = int(line.split()[0])
            note_unless_whole(tmp_path, broken)
    print(f"{kills} publishers killed, {len(versions(tmp_path, 'drml'))} artifacts whole")
    record_property("tried kills of publishers", kills)
    record_property("lost artifacts", len(broken))
    assert broken == []
    assert kills >= KILLS
    whole(tmp_path)


def whole_or_noted(root: Path, broken: list[str], before: str) -> str:
    """As `whole`; what is wrong is noted, and `before` returned."""
    try:
        return whole(root)
    except (AssertionError, BadArtifact) as error:
        broken.append(str(error))
        return before


def note_unless_whole(root: Path, broken: list[str]) -> None:
    """The current one alone: hundreds of them are not read each time."""
    try:
        folder = current(root, "drml")
        assert folder is not None, "`current` is gone"
        verify(folder, "drml")
    except (AssertionError, BadArtifact) as error:
        broken.append(str(error))
