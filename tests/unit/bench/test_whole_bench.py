"""`python -m tests.bench`: a module that fails or is killed fails the whole, and leaves no old figure."""

import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.bench import __main__ as whole
from tests.bench.plan import Module

MODULES = tuple(Module(name, (f"{name}.x",), frozenset()) for name in ("sound", "killed", "silent"))


def old(out: Path, *names: str) -> None:
    entries = [
        {"name": name, "value": 1.0, "unit": "x", "baseline": 1.0, "ours": 1.0, "detail": {}}
        for name in names
    ]
    (out / "bench.json").write_text(json.dumps(entries))


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """The commands that were run; the sound module writes, one is killed, one does nothing."""
    commands = list[list[str]]()

    def run(command: list[str], *, check: bool) -> subprocess.CompletedProcess[bytes]:
        commands.append(command)
        name, out = command[2].rpartition(".")[2], Path(command[command.index("--out") + 1])
        if name == "sound":
            known = json.loads((out / "bench.json").read_text())
            fresh = {"name": "sound.x", "value": 2, "unit": "x", "baseline": 1, "ours": 2, "detail": {}}
            (out / "bench.json").write_text(json.dumps([*known, fresh]))
        return subprocess.CompletedProcess(command, -signal.SIGKILL if name == "killed" else 0)

    monkeypatch.setattr(whole, "MODULES", MODULES)
    monkeypatch.setattr(subprocess, "run", run)
    return commands


def test_a_killed_module_and_a_silent_one_fail_the_whole(
    tmp_path: Path,
    asked: list[list[str]],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    old(tmp_path, "killed.x", "silent.x", "gone.x")
    monkeypatch.setattr(sys, "argv", ["bench", "--out", str(tmp_path)])
    assert whole.main() == 1
    assert [command[2] for command in asked] == [f"tests.bench.{module.name}" for module in MODULES]
    assert capsys.readouterr().err.splitlines() == [
        "killed was ended by signal 9",
        "killed.x was not measured",
        "silent.x was not measured",
    ]
    assert [one["name"] for one in json.loads((tmp_path / "bench.json").read_text())] == ["sound.x"]


def test_a_part_alone_keeps_the_figures_of_the_others(
    tmp_path: Path, asked: list[list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    old(tmp_path, "sound.x", "other.x")
    monkeypatch.setattr(sys, "argv", ["bench", "--only", "sound", "--out", str(tmp_path)])
    assert whole.main() == 0
    assert len(asked) == 1
    found = json.loads((tmp_path / "bench.json").read_text())
    assert [(one["name"], one["value"]) for one in found] == [("other.x", 1.0), ("sound.x", 2)]


def test_an_option_that_nobody_takes_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["bench", "--out", str(tmp_path), "--speed", "9"])
    with pytest.raises(SystemExit):
        whole.main()
