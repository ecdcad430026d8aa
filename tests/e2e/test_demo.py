"""The demo for real: an ingest, one printed answer, Ctrl-C, a second run that has nothing to do."""

import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest

import demo
from tests.fakes.artifacts import publish_untrained
from tests.fakes.caption_artifacts import publish_untrained_caption
from tests.fakes.drawn import draw

PATIENCE_S = 240.0  # importing torch on two cores that other tests use
PICTURES = 12
# Rank, id, divergence or similarity, distance, similarity of the sentences.
ROW = r"^ {2}(\d)  (\S+) +([\d.]+) +([\d.]+) +([\d.]+)"


@dataclass
class Terminal:
    """A demo as the person at the terminal sees it."""

    process: subprocess.Popen[str]
    lines: list[str] = field(default_factory=list)

    def read(self) -> None:
        assert self.process.stdout is not None
        with self.process.stdout as output:
            for line in output:
                self.lines.append(line.rstrip("\n"))

    def text(self) -> str:
        return "\n".join(self.lines)

    def wait_for(self, pattern: str) -> re.Match[str]:
        """The first match of `pattern` in what was printed so far, once there is one."""
        deadline = time.monotonic() + PATIENCE_S
        while time.monotonic() < deadline:
            if found := re.search(pattern, self.text(), re.MULTILINE):
                return found
            if self.process.poll() is not None and not re.search(pattern, self.text(), re.MULTILINE):
                break
            time.sleep(0.05)
        raise AssertionError(f"{pattern!r} was not printed:\n{self.text()}")


def command(tmp_path: Path, port: int) -> list[str]:
    return [
        sys.executable, "-m", "demo",
        "--images", str(tmp_path / "pictures"), "--port", str(port),
        "--state", str(tmp_path / "state"), "--artifacts", str(tmp_path / "artifacts"),
    ]  # fmt: skip


def environment() -> dict[str, str]:
    return os.environ | {"PYTHONPATH": str(Path(demo.__file__).parents[1])}


@contextmanager
def running(tmp_path: Path, port: int) -> Iterator[Terminal]:
    """A demo on `tmp_path`'s pictures, killed at the end if the test did not stop it."""
    process = subprocess.Popen(
        command(tmp_path, port),
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    terminal = Terminal(process)
    reader = threading.Thread(target=terminal.read)
    reader.start()
    try:
        yield terminal
    finally:
        process.kill()
        process.wait()
        reader.join()


@pytest.fixture
def port() -> int:
    """A free port whose two successors are free too."""
    for candidate in range(20_000 + os.getpid() % 10_000, 40_000, 3):
        with socket.socket() as first, socket.socket() as second, socket.socket() as third:
            try:
                for place, probe in enumerate((first, second, third)):
                    probe.bind(("127.0.0.1", candidate + place))
            except OSError:
                continue
            return candidate
    raise AssertionError("no three free ports in a row")


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    """A folder with two classes of drawn pictures, some with captions, and one file that is no picture."""
    folder = tmp_path / "pictures"
    for number in range(PICTURES):
        place = folder / ("even" if number % 2 == 0 else "odd") / f"{number:02}.png"
        place.parent.mkdir(parents=True, exist_ok=True)
        draw(number).save(place)
    (folder / "captions.txt").write_text("03.png#0\tShape number three\n")
    (folder / "even/broken.png").write_bytes(b"no picture at all")
    publish_untrained(tmp_path / "artifacts")
    publish_untrained_caption(tmp_path / "artifacts")
    return folder


def _children(pid: int) -> list[int]:
    return [int(word) for word in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def _gone(pids: list[int]) -> bool:
    return not any(Path(f"/proc/{pid}").exists() for pid in pids)


@pytest.mark.slow
@pytest.mark.usefixtures("pictures")
def test_the_demo_from_the_first_run_to_the_second(tmp_path: Path, port: int) -> None:
    with running(tmp_path, port) as terminal:
        url = terminal.wait_for(r"the page: (http://\S+)")[1]
        printed = terminal.text()
        assert f"{PICTURES + 1} pictures in {tmp_path / 'pictures'}, 1 with captions" in printed
        assert f"{PICTURES} pictures added, 0 already there" in printed
        assert re.search(r"refused: even/broken: .*picture", printed)
        assert re.search(r"^query  odd/03 +Shape number three$", printed, re.MULTILINE)
        assert re.search(rf"out of {PICTURES} pictures, by drml-\S+, caption-\S+, in ", printed)
        assert re.search(r"^seen   \w+", printed, re.MULTILINE)
        rows = re.findall(ROW, printed, re.MULTILINE)
        assert [int(row[0]) for row in rows] == [1, 2, 3, 4, 5] * 2
        divergence = [float(row[2]) for row in rows[:5]] + [1 - float(row[2]) for row in rows[5:]]
        assert divergence[5:] == sorted(divergence[5:])
        # The far ones are in the order of how unusual their distance is, which is not printed; of so few
        # pictures the far band holds all.
        assert sum(divergence[:5]) > sum(divergence[5:]), "the divergent are farther than the similar"
        assert all(float(row[3]) > 0 and 0 <= float(row[4]) <= 1 for row in rows)

        entry = httpx.get(f"{url}images/odd%2F03", trust_env=False).json()
        assert (entry["captions"], entry["metadata"]) == (["Shape number three"], {"class": "odd"})

        children = _children(terminal.process.pid)
        assert len(children) == 3
        terminal.process.send_signal(signal.SIGINT)
        assert terminal.process.wait(60) == 0
        assert _gone(children)
        assert terminal.lines[-1] == "demo · stopped"

    with running(tmp_path, port) as terminal:
        terminal.wait_for(r"the page: ")
        assert f"0 pictures added, {PICTURES} already there" in terminal.text()
        assert rows == re.findall(ROW, terminal.text(), re.MULTILINE)

        second = subprocess.run(
            command(tmp_path, port), env=environment(), capture_output=True, text=True, check=False
        )
        assert (second.returncode, "Is another demo running?" in second.stderr) == (1, True)

        children = _children(terminal.process.pid)
        os.kill(children[0], signal.SIGKILL)
        terminal.wait_for(r"drml_service has ended with status -9")
        assert terminal.process.wait(60) == 1
        assert _gone(children)
