"""Going back one version: the newest older one that is sound, at last the starter."""

import subprocess
import sys
from pathlib import Path

import pytest

from diversity_contracts.manifest import CURRENT, current
from diversity_contracts.publishing import point_current
from diversity_view.rollback import NothingOlder, roll_back
from tests.fakes.live_view import WORD, publish_word


def published(root: Path) -> list[str]:
    return [publish_word(root, word, day).name for day, word in enumerate(("one", "two", "three"), start=1)]


def test_step_by_step_to_the_oldest(tmp_path: Path) -> None:
    one, two, three = published(tmp_path)
    assert roll_back(tmp_path, "drml") == (three, two)
    assert current(tmp_path, "drml") == tmp_path / "drml" / two
    assert roll_back(tmp_path, "drml") == (two, one)


def test_before_the_oldest_there_is_the_starter(tmp_path: Path) -> None:
    one, starter = publish_word(tmp_path, "one").name, tmp_path / "package"
    assert roll_back(tmp_path, "drml") == (one, "starter")
    assert current(tmp_path, "drml", starter) == starter
    with pytest.raises(NothingOlder, match="'starter' is current"):
        roll_back(tmp_path, "drml")
    assert current(tmp_path, "drml", starter) == starter
    two = publish_word(tmp_path, "two", 2).name
    assert roll_back(tmp_path, "drml") == (two, one)


def test_a_damaged_one_is_passed_over(tmp_path: Path) -> None:
    one, two, three = published(tmp_path)
    (tmp_path / "drml" / two / WORD).write_text("flipped")
    assert roll_back(tmp_path, "drml") == (three, one)
    point_current(tmp_path, "drml", three)
    (tmp_path / "drml" / one / WORD).unlink()
    said = list[str]()
    assert roll_back(tmp_path, "drml", said.append) == (three, "starter")
    assert [(line.partition(":")[0], line.rpartition(" ")[2]) for line in said] == [
        (two, "differs."),
        (one, "missing."),
    ]


def test_nothing_to_go_back_from(tmp_path: Path) -> None:
    with pytest.raises(NothingOlder, match="Nothing was published"):
        roll_back(tmp_path, "drml")
    published(tmp_path)
    (tmp_path / "drml" / CURRENT).write_text("../../etc")
    with pytest.raises(NothingOlder, match="not known what to go back from"):
        roll_back(tmp_path, "drml")


def test_the_command(tmp_path: Path) -> None:
    def run() -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "diversity_view.rollback", "drml", "--artifacts", str(tmp_path)]
        return subprocess.run(command, capture_output=True, text=True, check=False)

    assert run().returncode == 1
    one, two = published(tmp_path)[:2]
    point_current(tmp_path, "drml", two)
    reply = run()
    assert (reply.returncode, reply.stdout) == (0, f"drml: {two} → {one}\n"), reply.stderr
    reply = run()
    assert (reply.returncode, reply.stdout) == (0, f"drml: {one} → starter\n"), reply.stderr
    reply = run()
    assert (reply.returncode, reply.stdout) == (1, "")
    assert "the services serve their starter" in reply.stderr
