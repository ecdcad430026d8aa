"""Artifacts: whole or absent, refused on the slightest change, and `current` right at every moment."""

import json
import os
import shutil
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from diversity_contracts.manifest import (
    BadArtifact,
    Golden,
    Manifest,
    Preprocessing,
    current,
    new_version,
    verify,
    versions,
)
from diversity_contracts.publishing import add_files, point_current, publish

NOW = datetime(2026, 11, 23, 10, 15, tzinfo=UTC)


def manifest(version: str = "drml-1") -> Manifest:
    return Manifest(
        kind="drml",
        version=version,
        created=NOW,
        code_revision="abc",
        data_fingerprint="def",
        preprocessing=Preprocessing(size=64, resize="squash", mean=(0.5, 0.5, 0.5), std=(0.2, 0.2, 0.2)),
        model={"architecture": "single", "normalise": True},
        golden=[Golden(file="golden.png", output=[1.0, 2.0], tolerance=1e-3)],
    )


def write(folder: Path) -> None:
    (folder / "golden.png").write_bytes(b"picture")
    (folder / "weights.safetensors").write_bytes(b"weights" * 100)


def test_what_is_published_verifies_and_is_current(tmp_path: Path) -> None:
    folder = publish(tmp_path, manifest(), write)
    assert current(tmp_path, "drml") == folder == tmp_path / "drml" / "drml-1"
    checked = verify(folder, "drml")
    assert checked.version == "drml-1"
    assert checked.files.keys() == {"golden.png", "weights.safetensors"}
    assert checked.model == {"architecture": "single", "normalise": True}


def test_nothing_published_is_none(tmp_path: Path) -> None:
    assert current(tmp_path, "drml") is None
    assert versions(tmp_path, "drml") == []


def test_versions_sort_by_time(tmp_path: Path) -> None:
    assert new_version("drml", NOW) == "drml-20261123T101500Z"
    for name in ("drml-2", "drml-1", "drml-3"):
        publish(tmp_path, manifest(name), write)
    assert versions(tmp_path, "drml") == ["drml-1", "drml-2", "drml-3"]
    point_current(tmp_path, "drml", "drml-2")
    assert current(tmp_path, "drml") == tmp_path / "drml" / "drml-2"


def flip(name: str) -> Callable[[Path], None]:
    def change(folder: Path) -> None:
        data = bytearray((folder / name).read_bytes())
        data[3] ^= 1
        (folder / name).write_bytes(bytes(data))

    return change


def edit(key: str, value: object) -> Callable[[Path], None]:
    def change(folder: Path) -> None:
        document = json.loads((folder / "manifest.json").read_text())
        document[key] = value
        (folder / "manifest.json").write_text(json.dumps(document))

    return change


@pytest.mark.parametrize(
    ("damage", "reason"),
    [
        (flip("weights.safetensors"), "hash differs"),
        (flip("golden.png"), "hash differs"),
        (lambda f: (f / "weights.safetensors").write_bytes(b"weights"), "hash differs"),
        (lambda f: (f / "weights.safetensors").unlink(), "missing"),
        (lambda f: (f / "manifest.json").unlink(), "no manifest"),
        (lambda f: (f / "manifest.json").write_text("{"), "cannot be read"),
        (lambda f: (f / "extra.json").write_text("{}"), "does not list"),
        (lambda f: (f / "model.pkl").write_bytes(b"\x80\x04."), "not a file an artifact may hold"),
        (lambda f: (f / "model.keras").write_bytes(b""), "not a file an artifact may hold"),
        (lambda f: (f / "link.json").symlink_to("/etc/hostname"), "link"),
        (edit("kind", "caption"), "kind caption"),
        (edit("schema_version", 2), "schema_version"),
        (edit("unknown", 1), "unknown"),
        (edit("golden", [{"file": "other.png", "output": [1.0], "tolerance": 0.1}]), "golden input"),
    ],
)
def test_a_damaged_artifact_is_refused_with_its_reason(
    tmp_path: Path, damage: Callable[[Path], None], reason: str
) -> None:
    folder = publish(tmp_path, manifest(), write)
    damage(folder)
    with pytest.raises(BadArtifact, match=reason):
        verify(folder, "drml")


def test_a_listed_path_cannot_leave_the_artifact(tmp_path: Path) -> None:
    folder = publish(tmp_path, manifest(), write)
    (tmp_path / "drml" / "outside.json").write_text("{}")
    edit("files", {"../outside.json": "0" * 64})(folder)
    with pytest.raises(BadArtifact):
        verify(folder, "drml")


@pytest.mark.parametrize("text", ["", "nothing-there", "../drml/drml-1", "/etc", "a\nb", "\x00", "x" * 1_000])
def test_a_current_that_names_no_artifact_is_refused(tmp_path: Path, text: str) -> None:
    publish(tmp_path, manifest(), write)
    (tmp_path / "drml" / "current").write_text(text)
    with pytest.raises(BadArtifact):
        current(tmp_path, "drml")


def test_a_failed_write_leaves_no_trace(tmp_path: Path) -> None:
    publish(tmp_path, manifest(), write)

    def fail(folder: Path) -> None:
        write(folder)
        raise OSError("disk full")

    with pytest.raises(OSError, match="disk full"):
        publish(tmp_path, manifest("drml-2"), fail)
    assert versions(tmp_path, "drml") == ["drml-1"]
    assert current(tmp_path, "drml") == tmp_path / "drml" / "drml-1"
    assert sorted(entry.name for entry in (tmp_path / "drml").iterdir()) == ["current", "drml-1"]


def test_an_artifact_may_not_carry_code(tmp_path: Path) -> None:
    def carry(folder: Path) -> None:
        write(folder)
        (folder / "model.py").write_text("")

    with pytest.raises(BadArtifact):
        publish(tmp_path, manifest(), carry)
    assert current(tmp_path, "drml") is None


def test_files_may_be_added_to_an_artifact_that_nobody_loads(tmp_path: Path) -> None:
    folder = publish(tmp_path, manifest(), write)
    before = verify(folder, "drml")

    def writing(name: str) -> Callable[[Path], None]:
        def put(target: Path) -> None:
            (target / name).write_bytes(b"{}")

        return put

    added = add_files(folder, "drml", writing("more.json"))
    assert added == verify(folder, "drml")
    assert added.files.keys() - before.files.keys() == {"more.json"}
    assert added.model_copy(update={"files": before.files}) == before
    with pytest.raises(BadArtifact, match="not a file"):
        add_files(folder, "drml", writing("code.pkl"))
    (folder / "code.pkl").unlink()
    (folder / "weights.safetensors").write_bytes(b"other")
    with pytest.raises(BadArtifact, match="hash"):  # a damaged artifact is not made sound by this
        add_files(folder, "drml", writing("more.json"))


def test_two_publishers_of_one_version_both_end_whole(tmp_path: Path) -> None:
    folders: list[Path] = []
    threads = [
        threading.Thread(target=lambda: folders.append(publish(tmp_path, manifest(), write)))
        for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(folders)) == 8
    for folder in folders:
        assert verify(folder, "drml").version == folder.name
    assert current(tmp_path, "drml") in folders


def test_what_a_killed_publisher_left_is_swept_once_it_is_old(tmp_path: Path) -> None:
    home = tmp_path / "drml"
    for name in (".incoming-old", ".incoming-new"):
        (home / name).mkdir(parents=True)
        (home / name / "weights.safetensors").write_bytes(b"half")
    (home / ".current-old").write_text("drml-1")
    for name in (".incoming-old", ".current-old"):
        os.utime(home / name, (0, 0))
    folder = publish(tmp_path, manifest(), write)
    assert {entry.name for entry in home.iterdir()} == {".incoming-new", "current", folder.name}


def test_what_is_not_published_yet_is_no_version(tmp_path: Path) -> None:
    """A publisher that is killed after it wrote the manifest leaves a folder that only lacks its name."""
    folder = publish(tmp_path, manifest(), write)
    shutil.copytree(folder, folder.with_name(".incoming-0123"))
    assert versions(tmp_path, "drml") == [folder.name]
