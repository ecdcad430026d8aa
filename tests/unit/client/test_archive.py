"""Zip and tar archives, read without unpacking."""

import io
import tarfile
import zipfile
from pathlib import Path

import pytest

from diversity_client.errors import Misused
from diversity_client.sources.archive import Tar, Zip
from diversity_client.sources.entry import Entry, Source, Unusable
from diversity_client.sources.folder import Folder
from diversity_client.sources.opening import open_source

FILES = {
    "set/owl.png": b"owl",
    "set/owl.jpg": b"another owl",
    "set/deep/bat.gif": b"bat",
    "set/deep/bat.txt": b"A bat.\n",
    "set/captions.txt": b"owl.png#0\tAn owl.\nowl.png#1\tIt looks.\n",
    "__MACOSX/._owl.png": b"hidden",
    "top.webp": b"top",
}


def packed(path: Path, files: dict[str, bytes], mode: str) -> Path:
    """`files` as the archive `path`; `mode` of tarfile, or `zip`."""
    if mode == "zip":
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as zipped:
            for name, data in files.items():
                zipped.writestr(name, data)
    else:
        with tarfile.open(path, f"w:{mode}") as tarred:  # type: ignore[call-overload]  # of a variable mode
            for name, data in files.items():
                member = tarfile.TarInfo(name)
                member.size = len(data)
                tarred.addfile(member, io.BytesIO(data))
    return path


def told(source: Source) -> dict[str, tuple[object, ...]]:
    """By id: captions, metadata, bytes; read as they come."""
    found: dict[str, tuple[object, ...]] = {}
    for entry in source:
        assert isinstance(entry, Entry)
        assert entry.image_id not in found
        found[entry.image_id] = entry.captions, entry.metadata, entry.read()
    assert len(found) == len(source)
    return found


@pytest.mark.parametrize("mode", ["zip", "", "gz", "xz"])
def test_an_archive_gives_what_its_folder_would(tmp_path: Path, mode: str) -> None:
    folder = tmp_path / "folder"
    for name, data in FILES.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)
    found = told(open_source(packed(tmp_path / "archive", FILES, mode)))
    assert found == told(Folder(folder))
    assert found == {
        "set/owl.png": (("An owl.", "It looks."), {"class": "set"}, b"owl"),
        "set/owl.jpg": (None, {"class": "set"}, b"another owl"),
        "set/deep/bat": (("A bat.",), {"class": "set/deep"}, b"bat"),
        "top": (None, None, b"top"),
    }


@pytest.mark.parametrize("mode", ["zip", "gz"])
def test_it_can_be_gone_through_again(tmp_path: Path, mode: str) -> None:
    source = open_source(packed(tmp_path / "archive", FILES, mode))
    assert told(source) == told(source)


@pytest.mark.parametrize("mode", ["zip", ""])
def test_names_that_leave_the_archive_are_left_out(tmp_path: Path, mode: str) -> None:
    files = {"../up.png": b"x", "/abs.png": b"x", "a/../../b.png": b"x", "./here.png": b"y"}
    assert list(told(open_source(packed(tmp_path / "archive", files, mode)))) == ["here"]


def test_of_two_members_with_one_name_the_later_counts(tmp_path: Path) -> None:
    path = tmp_path / "x.tar"
    packed(path, {"a.png": b"first", "b.png": b"b"}, "")
    with tarfile.open(path, "a") as tarred:
        member = tarfile.TarInfo("a.png")
        member.size = 6
        tarred.addfile(member, io.BytesIO(b"second"))
    assert told(open_source(path))["a"][-1] == b"second"


def test_links_are_no_pictures(tmp_path: Path) -> None:
    path = packed(tmp_path / "x.tar", {"a.png": b"a"}, "")
    with tarfile.open(path, "a") as tarred:
        link = tarfile.TarInfo("passwd.png")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
        tarred.addfile(link)
    assert list(told(open_source(path))) == ["a"]


@pytest.mark.parametrize(("mode", "kind"), [("zip", Zip), ("gz", Tar)])
def test_a_member_is_not_believed_to_be_small(tmp_path: Path, mode: str, kind: type[Zip] | type[Tar]) -> None:
    path = packed(tmp_path / "bomb", {"a.png": bytes(100_000), "b.png": b"b"}, mode)
    read = list[str]()
    for entry in kind(path, most=1_000):
        if entry.image_id == "b":
            read.append(entry.read().decode())
        else:
            with pytest.raises(Misused, match="more than 1,000 bytes"):
                entry.read()
    assert read == ["b"]


def test_a_member_that_does_not_match_its_checksum_is_refused_alone(tmp_path: Path) -> None:
    path = tmp_path / "x.zip"
    with zipfile.ZipFile(path, "w") as zipped:
        zipped.writestr("a.png", b"intact bytes")
        zipped.writestr("b.png", b"broken bytes")
    path.write_bytes(path.read_bytes().replace(b"broken bytes", b"br0ken bytes"))
    a, b = open_source(path)
    assert isinstance(a, Entry)
    assert isinstance(b, Entry)
    assert a.read() == b"intact bytes"
    with pytest.raises(Misused, match="CRC"):
        b.read()


def test_a_tar_that_ends_early_gives_what_it_has_and_then_says_so(tmp_path: Path) -> None:
    path = packed(tmp_path / "x.tar.gz", {f"{n}.png": bytes([n]) * 50_000 for n in range(9)}, "gz")
    path.write_bytes(path.read_bytes()[:-40])
    with pytest.raises(Misused, match="no whole tar archive"):
        open_source(path)


@pytest.mark.parametrize("name", ["x.zip", "x.tar", "x.png", "x"])
def test_what_is_no_source_says_so(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(b"neither")
    with pytest.raises(Misused, match="is no folder"):
        open_source(tmp_path / name)
    with pytest.raises(Misused, match="There is no"):
        open_source(tmp_path / "absent")


def test_a_source_without_pictures_says_so(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("x")
    for source in (tmp_path, packed(tmp_path / "x.zip", {"a.txt": b"a"}, "zip")):
        with pytest.raises(Misused, match="no picture"):
            open_source(source)


def test_nothing_unusable_is_in_a_tree(tmp_path: Path) -> None:
    source = open_source(packed(tmp_path / "x.zip", FILES, "zip"))
    assert not [one for one in source if isinstance(one, Unusable)]
