"""Layouts: what is found where, in a folder and in a zip alike."""

import zipfile
from collections import Counter
from pathlib import Path

import pytest

from drml_job import datasets
from job_kit.sources import Source, open_source


def write(root: Path, files: dict[str, str]) -> None:
    for name, content in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(content)


TINY = {
    "tiny/train/n02/images/n02_0.JPEG": "",
    "tiny/train/n02/images/n02_1.JPEG": "",
    "tiny/train/n02/n02_boxes.txt": "",
    "tiny/train/n01/images/n01_0.JPEG": "",
    "tiny/val/images/val_0.JPEG": "",
    "tiny/val/images/val_1.JPEG": "",
    "tiny/val/val_annotations.txt": "val_0.JPEG\tn02\t0\t0\t9\t9\nval_1.JPEG\tn01\t0\t0\t9\t9\n",
    "tiny/test/images/test_0.JPEG": "",
    "tiny/words.txt": "n01\tgoldfish, Carassius auratus\nn02\tbullfrog\nn03\tnever seen\n",
}


@pytest.fixture(params=["folder", "zip", "folder without a top"])
def source(request: pytest.FixtureRequest, tmp_path: Path) -> Source:
    write(tmp_path / "files", TINY)
    if request.param == "folder":
        return open_source(tmp_path / "files")
    if request.param == "folder without a top":
        return open_source(tmp_path / "files" / "tiny")
    with zipfile.ZipFile(tmp_path / "tiny.zip", "w") as file:
        for name, content in TINY.items():
            file.writestr(name, content)
    return open_source(tmp_path / "tiny.zip")


def test_tiny_imagenet(source: Source) -> None:
    found = datasets.scan(source)
    assert [(Path(e.path).name, e.class_name, e.split) for e in found.entries] == [
        ("n01_0.JPEG", "n01", "train"),
        ("n02_0.JPEG", "n02", "train"),
        ("n02_1.JPEG", "n02", "train"),
        ("val_0.JPEG", "n02", "val"),
        ("val_1.JPEG", "n01", "val"),
    ]
    assert found.classes == ("n01", "n02")
    assert found.titles["n01"] == "goldfish"
    assert (found.count("train"), found.count("val")) == (3, 2)


def class_folders(root: Path, prefix: str = "") -> datasets.Collection:
    write(root, {f"{prefix}{name}/deep/{n}.png": "" for name in ("cat", "dog") for n in range(300)})
    write(root, {f"{prefix}notes.txt": "", f"{prefix}cat/readme.md": ""})
    return datasets.scan(open_source(root))


@pytest.mark.parametrize("prefix", ["", "wrapped/"])
def test_class_folders(tmp_path: Path, prefix: str) -> None:
    found = class_folders(tmp_path, prefix)
    assert found.classes == ("cat", "dog")
    assert len(found.entries) == 600
    assert 30 < found.count("val") < 90  # a tenth of 600, by hash
    assert all(entry.path.startswith(f"{prefix}{entry.class_name}/") for entry in found.entries)


def test_adding_pictures_moves_no_other_between_splits(tmp_path: Path) -> None:
    before = {entry.path: entry.split for entry in class_folders(tmp_path).entries}
    write(tmp_path, {f"bird/{n}.jpg": "" for n in range(50)})
    after = {entry.path: entry.split for entry in datasets.scan(open_source(tmp_path)).entries}
    assert len(after) == 650
    assert {path: after[path] for path in before} == before


def test_a_folder_without_pictures_is_refused(tmp_path: Path) -> None:
    write(tmp_path, {"cat/notes.txt": "", "top.png": ""})
    with pytest.raises(ValueError, match="class folders"):
        datasets.scan(open_source(tmp_path))


def test_thinning_keeps_both_splits_and_shared_classes(tmp_path: Path) -> None:
    thin = datasets.thin(class_folders(tmp_path), 20)
    assert thin.count("train") == 20
    assert thin.count("val") == 20
    assert thin.classes == ("cat", "dog")


@pytest.mark.parametrize(("classes", "each"), [(2, 4), (2, 5), (3, 10), (5, 8)])
def test_few_pictures_are_held_back_class_by_class(tmp_path: Path, classes: int, each: int) -> None:
    write(tmp_path, {f"{name}/{n}.png": "" for name in range(classes) for n in range(each)})
    found = datasets.scan(open_source(tmp_path))
    assert len(found.entries) == classes * each
    for split in ("train", "val"):
        sizes = Counter(entry.class_name for entry in found.entries if entry.split == split)
        assert len(sizes) >= 2
        assert max(sizes.values()) >= 2
    again = datasets.scan(open_source(tmp_path))
    assert again == found


@pytest.mark.parametrize(("classes", "each"), [(1, 50), (2, 3)])
def test_too_few_are_refused_before_anything_is_decoded(tmp_path: Path, classes: int, each: int) -> None:
    write(tmp_path, {f"all/{name}/{n}.png": "" for name in range(classes) for n in range(each)})
    with pytest.raises(ValueError, match="two class folders with four pictures each"):
        datasets.scan(open_source(tmp_path))


def test_a_rehearsal_takes_classes_that_give_triplets_in_both_splits(tmp_path: Path) -> None:
    poor = [datasets.Entry(f"a{n}/1", f"a{n}", "train") for n in range(20)]
    rich = [
        datasets.Entry(f"z{n}/{m}", f"z{n}", "val" if m < 2 else "train") for n in range(2) for m in range(4)
    ]
    found = datasets.thin(datasets.Collection((*poor, *rich), {}), 16)
    assert {entry.class_name for entry in found.entries} == {"z0", "z1"}
    assert (found.count("train"), found.count("val")) == (4, 4)
