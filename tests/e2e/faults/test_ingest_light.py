"""An ingest killed at every one of its steps: what was acknowledged is there and whole, the rest or not.

The light sibling of `test_ingest_steps.py`, without HTTP and views: the catalogue and the files are looked at
directly after every kill.
"""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from diversity_contracts.pictures import content_hash
from diversity_gateway.catalogue import Catalogue
from diversity_gateway.content_files import ContentFiles
from tests.e2e.faults.ingesting import GONE, content_of, writes

ROOT = Path(__file__).parents[3]


class Known:
    """What the ids are, as far as the kills so far leave no doubt; `lost` are those that are not."""

    def __init__(self, state: Path, told: Path) -> None:
        self._state, self._told, self._read = state, told, 0
        self.contents: dict[str, str] = {}
        self.lost = set[str]()

    def after(self, number: int) -> None:
        """Process `number` has ended: whatever it acknowledged holds, and the write it was at may."""
        lines = self._told.read_text().splitlines()[self._read :]
        self._read += len(lines)
        self.contents |= dict(line.split() for line in lines)
        done = list(writes(number))
        may_be = {image_id: {self.contents.get(image_id, GONE)} for image_id, _ in done}
        for image_id, picture in done[len(lines) : len(lines) + 1]:
            may_be[image_id].add(content_of(picture))
        self._compare(may_be)

    def at_the_end(self) -> None:
        """All of them again."""
        self._compare({image_id: {content} for image_id, content in self.contents.items()})

    def _compare(self, may_be: dict[str, set[str]]) -> None:
        catalogue, files = Catalogue(self._state / "catalogue.sqlite"), ContentFiles(self._state)
        for image_id, contents in may_be.items():
            entry = catalogue.get(image_id)
            content = GONE if entry is None or entry.picture is None else entry.picture.content_hash
            if content not in contents or not is_whole(files, content):
                self.lost.add(image_id)
            self.contents[image_id] = content
        catalogue.close()


def is_whole(files: ContentFiles, content: str) -> bool:
    """Whether the bytes are there, all of them; nothing is for GONE."""
    try:
        return content == GONE or content_hash(files.read(content)) == content
    except FileNotFoundError:
        return False


def test_killed_at_every_step(tmp_path: Path, record_property: Callable[[str, object], None]) -> None:
    state, told = tmp_path / "state", tmp_path / "acknowledged"
    command = [sys.executable, "-m", "tests.e2e.faults.ingesting", str(state), str(told)]
    known, kills = Known(state, told), 0
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        for line in process.stdout:
            number, word = line.split()
            kills += word == "killed"
            known.after(int(number))
            process.stdin.write("\n")
            process.stdin.flush()
        assert process.wait(120) == 0
    known.at_the_end()
    record_property("tried kills in mid-ingest", kills)
    record_property("tried pictures", len(known.contents))
    record_property("lost pictures", len(known.lost))
    assert known.lost == set()
    assert kills > 40  # three contents put and a row taken out, of a dozen steps each
