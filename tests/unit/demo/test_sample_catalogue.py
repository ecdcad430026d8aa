"""The sample catalogue, out of a package that dpkg-deb built and reads."""

import shutil
import subprocess
from pathlib import Path

import pytest

from demo.failures import DemoFailed
from demo.folder import list_pictures
from demo.sample_catalogue import PACKAGE, sample_pictures, unpack

pytestmark = pytest.mark.skipif(shutil.which("dpkg-deb") is None, reason="dpkg-deb is Debian's own tool")

COUNT = 5
STAMPS = "usr/share/tuxpaint/stamps"


def _package(tmp_path: Path, *names: str) -> Path:
    tree = tmp_path / "tree"
    (tree / "DEBIAN").mkdir(parents=True)
    (tree / "DEBIAN/control").write_text(
        f"Package: {PACKAGE}\nVersion: 1\nArchitecture: all\nMaintainer: n <n@example.org>\nDescription: t\n"
    )
    for name in (f"usr/share/doc/{PACKAGE}/copyright", *(f"{STAMPS}/{name}" for name in names)):
        (tree / name).parent.mkdir(parents=True, exist_ok=True)
        (tree / name).write_text(f"what {Path(name).name} holds")
    package = tmp_path / f"{PACKAGE}_1_all.deb"
    subprocess.run(["dpkg-deb", "--build", str(tree), str(package)], check=True, stdout=subprocess.DEVNULL)
    return package


def test_pictures_and_their_texts_are_kept_and_everything_to_be_read_is_left_out(tmp_path: Path) -> None:
    package = _package(
        tmp_path,
        "animals/birds/owl.png", "animals/birds/owl.txt", "animals/birds/owl.ogg", "animals/birds/owl.svg",
        "symbols/alphabets/a.png", "town/roadsigns/stop.png", "town/well.png", "vehicles/police_mirror.png",
    )  # fmt: skip
    target = tmp_path / "out"
    assert unpack(package, target) == 2
    kept = sorted(path.relative_to(target).as_posix() for path in target.rglob("*") if path.is_file())
    assert kept == [
        "copyright",
        "pictures/animals/birds/owl.png",
        "pictures/animals/birds/owl.txt",
        "pictures/town/well.png",
    ]
    owl = list_pictures(target / "pictures")[0]
    assert (owl.image_id, owl.captions) == ("animals/birds/owl", ("what owl.txt holds",))
    assert owl.metadata == {"class": "animals/birds"}
    assert owl.path.read_text() == "what owl.png holds"


def test_the_sample_is_fetched_once(tmp_path: Path) -> None:
    package = _package(tmp_path, *(f"animals/{number}.png" for number in range(COUNT)))
    fetched = []

    def download(name: str, folder: Path) -> Path:
        fetched.append(name)
        return Path(shutil.copy(package, folder))

    home = tmp_path / "state"
    first = sample_pictures(home, download, minimum=COUNT)
    assert len(list_pictures(first)) == COUNT
    assert sample_pictures(home, download, minimum=COUNT) == first
    assert fetched == [PACKAGE]
    assert [path.name for path in home.iterdir()] == [PACKAGE], "the package itself is not kept"


def test_too_few_pictures_are_no_sample_and_leave_nothing_behind(tmp_path: Path) -> None:
    package = _package(tmp_path, "animals/owl.png")
    with pytest.raises(DemoFailed, match="holds 1 pictures, fewer than 5"):
        sample_pictures(tmp_path / "state", lambda name, folder: package, minimum=COUNT)
    assert list((tmp_path / "state").iterdir()) == []


@pytest.mark.parametrize("keep", [0, 100, 0.6])
def test_a_damaged_package_is_refused_and_leaves_nothing_behind(tmp_path: Path, keep: float) -> None:
    package = _package(tmp_path, *(f"animals/{number}.png" for number in range(COUNT)))
    whole = package.read_bytes()
    package.write_bytes(whole[: int(keep * len(whole)) if isinstance(keep, float) else keep])
    with pytest.raises(DemoFailed):
        sample_pictures(tmp_path / "state", lambda name, folder: package, minimum=COUNT)
    assert list((tmp_path / "state").iterdir()) == []
