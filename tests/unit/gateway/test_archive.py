"""A backup restores to the same, refuses what it must, and never leaves half of anything."""

import gzip
import hashlib
import io
import json
import sqlite3
import tarfile
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from diversity_contracts.manifest import current, verify, versions
from diversity_gateway.archive.__main__ import main
from diversity_gateway.archive.index import ArchiveError, content_member
from diversity_gateway.archive.read import restore
from diversity_gateway.archive.write import backup
from diversity_gateway.catalogue import Catalogue
from diversity_gateway.content_files import ContentFiles
from diversity_gateway.entries import Entry
from tests.fakes.gateway_state import NOW, fill, publish_one


def entries(state: Path) -> list[tuple[Entry, bool]]:
    """Every entry, and whether its bytes are what its hash says."""
    catalogue, files = Catalogue(state / "catalogue.sqlite"), ContentFiles(state)
    found = [
        (e, hashlib.sha256(files.read(e.present.content_hash)).hexdigest() == e.present.content_hash)
        for e in catalogue.page("", 100)[0]
    ]
    catalogue.close()
    return found


@pytest.fixture
def archive(tmp_path: Path) -> bytes:
    """A backup of five entries and two artifacts, taken while the catalogue is open."""
    state, artifacts = tmp_path / "before/state", tmp_path / "before/artifacts"
    catalogue = fill(state)
    publish_one(artifacts, "drml-1")
    publish_one(artifacts, "drml-2")
    target = io.BytesIO()
    backup(state, artifacts, target, NOW)
    catalogue.close()
    return target.getvalue()


@pytest.fixture
def empty(tmp_path: Path) -> tuple[Path, Path]:
    return tmp_path / "after/state", tmp_path / "after/artifacts"


def repacked(archive: bytes, change: Callable[[str, bytes], bytes | None]) -> io.BytesIO:
    """The archive with every member's bytes changed, or the member left out for None."""
    target = io.BytesIO()
    with (
        tarfile.open(fileobj=io.BytesIO(archive)) as source,
        tarfile.open(fileobj=target, mode="w") as changed,
    ):
        for member in source:
            content = source.extractfile(member)
            assert content is not None
            data = change(member.name, content.read())
            if data is not None:
                member.size = len(data)
                changed.addfile(member, io.BytesIO(data))
    target.seek(0)
    return target


def test_what_is_restored_is_what_was_there(archive: bytes, tmp_path: Path, empty: tuple[Path, Path]) -> None:
    state, artifacts = empty
    index = restore(io.BytesIO(archive), state, artifacts)
    assert (index.pictures, index.version) == (5, 7)
    assert entries(state) == entries(tmp_path / "before/state")
    assert all(whole for _, whole in entries(state))
    assert versions(artifacts, "drml") == ["drml-1", "drml-2"]
    assert current(artifacts, "drml") == artifacts / "drml/drml-2"
    verify(artifacts / "drml/drml-1", "drml")
    assert [path.name for home in empty for path in home.iterdir() if path.name.startswith(".")] == []


def test_every_database_of_the_state_is_kept(tmp_path: Path, empty: tuple[Path, Path]) -> None:
    state, target = tmp_path / "before", io.BytesIO()
    fill(state).close()
    with closing(sqlite3.connect(state / "user_history.sqlite")) as history, history:
        history.execute("CREATE TABLE seen (image_id TEXT)")
        history.execute("INSERT INTO seen VALUES ('set/1')")
    backup(state, tmp_path / "artifacts", target, NOW)
    target.seek(0)
    restore(target, *empty)
    with closing(sqlite3.connect(empty[0] / "user_history.sqlite")) as history:
        assert history.execute("SELECT image_id FROM seen").fetchall() == [("set/1",)]


def test_a_restored_catalogue_is_another_one_to_the_views(
    archive: bytes, tmp_path: Path, empty: tuple[Path, Path]
) -> None:
    restore(io.BytesIO(archive), *empty)
    before, after = (Catalogue(tmp_path / f"{name}/state/catalogue.sqlite") for name in ("before", "after"))
    assert before.catalogue_id != after.catalogue_id
    before.close()
    after.close()


def test_what_is_there_is_replaced_by_force_alone(archive: bytes, empty: tuple[Path, Path]) -> None:
    state, artifacts = empty
    catalogue = fill(state)
    catalogue.delete("again")
    catalogue.close()
    with pytest.raises(ArchiveError, match="FORCE"):
        restore(io.BytesIO(archive), state, artifacts)
    assert len(entries(state)) == 4
    restore(io.BytesIO(archive), state, artifacts, force=True)
    assert len(entries(state)) == 5


def test_artifacts_are_overwritten_by_force_alone(archive: bytes, empty: tuple[Path, Path]) -> None:
    state, artifacts = empty
    publish_one(artifacts, "drml-3")
    (artifacts / "drml/drml-2").mkdir()
    (artifacts / "drml/drml-2/manifest.json").write_text("{}")
    with pytest.raises(ArchiveError, match="FORCE"):
        restore(io.BytesIO(archive), state, artifacts)
    restore(io.BytesIO(archive), state, artifacts, force=True)
    assert versions(artifacts, "drml") == ["drml-1", "drml-2", "drml-3"]
    assert current(artifacts, "drml") == artifacts / "drml/drml-2"
    verify(artifacts / "drml/drml-2", "drml")


def test_a_running_gateway_is_not_restored_under(archive: bytes, empty: tuple[Path, Path]) -> None:
    state, artifacts = empty
    catalogue = fill(state)
    with pytest.raises(ArchiveError, match="stop the gateway"):
        restore(io.BytesIO(archive), state, artifacts, force=True)
    assert catalogue.state().size == 5
    catalogue.close()


def flipped(name: str, data: bytes) -> bytes:
    """The same with one bit of every file but the index another."""
    return data if name == "index.json" else data[:-1] + bytes([data[-1] ^ 1])


def without_a_picture(name: str, data: bytes) -> bytes | None:
    if not name.startswith("state/content"):
        return data
    return None


def unlisted(name: str, data: bytes) -> bytes:
    """The first picture is not in the index, though the catalogue points to it."""
    if name != "index.json":
        return data
    index = json.loads(data)
    index["files"].pop(next(name for name in index["files"] if name.startswith("state/content")))
    return json.dumps(index).encode()


def climbing(name: str, data: bytes) -> bytes:
    """The index names a path outside."""
    if name != "index.json":
        return data
    index = json.loads(data)
    index["files"]["artifacts/drml/drml-1/../../../../etc"] = "0" * 64
    return json.dumps(index).encode()


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (flipped, "hash differs"),
        (without_a_picture, "cut short"),
        (unlisted, "index does not list"),
        (climbing, "is not a member"),
        (lambda name, data: None if name == "index.json" else data, "not an index"),
    ],
)
def test_an_archive_that_is_not_whole_changes_nothing(
    archive: bytes, empty: tuple[Path, Path], change: Callable[[str, bytes], bytes | None], reason: str
) -> None:
    state, artifacts = empty
    with pytest.raises(ArchiveError, match=reason):
        restore(repacked(archive, change), state, artifacts)
    assert [*state.rglob("*"), *artifacts.rglob("*")] == []


@pytest.mark.parametrize("cut", [0, 100, 0.5, 0.8])
def test_a_stream_that_ends_early_is_refused(archive: bytes, empty: tuple[Path, Path], cut: float) -> None:
    end = int(len(archive) * cut) if isinstance(cut, float) else cut
    with pytest.raises(ArchiveError):
        restore(io.BytesIO(archive[:end]), *empty)
    assert list(empty[0].iterdir()) == []


def test_what_rotted_on_disk_is_not_backed_up_as_whole(tmp_path: Path) -> None:
    state, artifacts = tmp_path / "state", tmp_path / "artifacts"
    fill(state).close()
    publish_one(artifacts, "drml-1")
    (artifacts / "drml/drml-1/weights.safetensors").write_bytes(b"other")
    said = list[str]()
    index = backup(state, artifacts, io.BytesIO(), NOW, said.append)
    assert (list(index.artifacts()), index.current) == ([], {})
    assert "hash differs" in said[0]
    victim = sorted(index.contents())[0]
    (state / content_member(victim).removeprefix("state/")).write_bytes(b"rot")
    with pytest.raises(ArchiveError, match="damaged on disk"):
        backup(state, artifacts, io.BytesIO(), NOW)
    assert not list(state.glob(".backup-*"))


def test_the_commands(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    state, artifacts, file = tmp_path / "state", tmp_path / "artifacts", tmp_path / "kept.tar.gz"
    where = ["--state", str(state), "--artifacts", str(artifacts)]
    assert main(["backup", *where, str(file)]) == 1
    assert list(tmp_path.iterdir()) == []
    fill(state).close()
    assert main(["backup", *where, str(file)]) == 0
    assert gzip.decompress(file.read_bytes())
    assert main(["restore", *where, str(file)]) == 1
    assert main(["restore", *where, "--force", str(file)]) == 0
    said = capfd.readouterr()
    assert said.out == ""
    assert "no catalogue" in said.err
    assert "restore: 5 pictures at change 7, 0 artifacts" in said.err
