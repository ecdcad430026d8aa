"""Downloading a package with apt: with the machine's lists, with private ones, not at all."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from demo.apt import download
from demo.failures import DemoFailed

PACKAGE = "pictures"


@dataclass
class FakeApt:
    """Knows the package by its own lists, by fetched ones, or not."""

    listed: bool = True
    stale: bool = False
    online: bool = True
    fetched_lists: Path | None = None
    commands: list[str] = field(default_factory=list)

    def __call__(self, command: Sequence[str], folder: Path, *, shown: bool) -> int:
        options = [word for word in command if word.startswith("Dir::State::Lists=")]
        lists = Path(options[0].partition("=")[2]) if options else None
        action = next(word for word in command if word in {"update", "download"})
        self.commands.append(action + (" privately" if lists else "") + ("" if shown else " quietly"))
        if action == "update":
            self.fetched_lists = lists if self.online else None
            return 0 if self.online else 100
        known = self.listed if lists is None else lists == self.fetched_lists
        if "--print-uris" in command:
            return 0 if known else 100
        if not known or not self.online or (self.stale and lists is None):
            return 100
        (folder / f"{PACKAGE}_1_all.deb").write_bytes(b"")
        return 0


def test_a_machine_with_fresh_lists_downloads_at_once(tmp_path: Path) -> None:
    apt = FakeApt()
    assert download(PACKAGE, tmp_path, apt) == tmp_path / f"{PACKAGE}_1_all.deb"
    assert apt.commands == ["download quietly", "download"]


@pytest.mark.parametrize("apt", [FakeApt(listed=False), FakeApt(stale=True)], ids=["missing", "stale"])
def test_lists_that_do_not_serve_are_fetched_into_the_folder(tmp_path: Path, apt: FakeApt) -> None:
    assert download(PACKAGE, tmp_path, apt).is_file()
    assert apt.commands[-2:] == ["update privately", "download privately"]
    assert apt.fetched_lists is not None
    assert apt.fetched_lists.is_relative_to(tmp_path)


def test_no_network_is_said(tmp_path: Path) -> None:
    with pytest.raises(DemoFailed, match="could not fetch Debian's package lists"):
        download(PACKAGE, tmp_path, FakeApt(listed=False, online=False))


def test_success_without_a_file_is_not_believed(tmp_path: Path) -> None:
    def no_file(command: Sequence[str], folder: Path, *, shown: bool) -> int:
        return 0

    with pytest.raises(DemoFailed, match="left no file"):
        download(PACKAGE, tmp_path, no_file)
