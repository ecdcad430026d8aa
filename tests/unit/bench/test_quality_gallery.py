"""Galleries from a folder, from Tiny ImageNet's layout, from Flickr8k's."""

from pathlib import Path

import pytest

from tests.bench.quality_gallery import open_gallery


def put(path: Path, text: str = "picture") -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def test_a_folder(tmp_path: Path) -> None:
    for name in ("fish/trout.png", "fish/cod.png", "birds/owl.png"):
        put(tmp_path / name)
    put(tmp_path / "fish/trout.txt", "A trout.")
    gallery = open_gallery(tmp_path)
    assert list(gallery.names) == ["birds/owl", "fish/cod", "fish/trout"]
    assert list(gallery.classes) == ["birds", "fish", "fish"]
    assert [list(said) for said in gallery.captions] == [[], [], ["A trout."]]
    assert gallery.read("birds/owl") == b"picture"
    few = gallery.chosen(2, seed=1)
    assert len(few.names) == len(few.classes) == len(few.captions) == 2
    assert few.fingerprint != gallery.fingerprint
    assert gallery.chosen(0, seed=1) is gallery


def test_tiny_imagenet_gives_its_validation_split(tmp_path: Path) -> None:
    put(tmp_path / "train/n01/images/n01_0.JPEG")
    put(tmp_path / "val/images/val_0.JPEG")
    put(tmp_path / "val/val_annotations.txt", "val_0.JPEG\tn01\t0\t0\t1\t1\n")
    gallery = open_gallery(tmp_path)
    assert (list(gallery.names), list(gallery.classes)) == (["val/images/val_0.JPEG"], ["n01"])


def test_flickr8k_gives_its_test_split(tmp_path: Path) -> None:
    for name in ("a.jpg", "b.jpg"):
        put(tmp_path / "Images" / name)
    put(tmp_path / "Flickr8k.token.txt", "a.jpg#0\tA dog .\na.jpg#1\tDogs .\nb.jpg#0\tA cat .\n")
    put(tmp_path / "Flickr_8k.trainImages.txt", "b.jpg\n")
    put(tmp_path / "Flickr_8k.testImages.txt", "a.jpg\n")
    gallery = open_gallery(tmp_path)
    assert list(gallery.names) == ["Images/a.jpg"]
    assert list(gallery.classes) == []
    assert [list(said) for said in gallery.captions] == [["A dog .", "Dogs ."]]


def test_another_file(tmp_path: Path) -> None:
    put(tmp_path / "a.zip")
    with pytest.raises(Exception, match="zip"):
        open_gallery(tmp_path / "a.zip")
