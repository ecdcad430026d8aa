"""A folder of pictures, as catalogue entries."""

from pathlib import Path

import pytest

from demo.failures import DemoFailed
from demo.folder import FolderPicture, list_pictures


def _touch(root: Path, *names: str) -> None:
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(b"")


def _ids(root: Path) -> list[str]:
    return [picture.image_id for picture in list_pictures(root)]


def test_ids_and_classes_come_from_the_paths(tmp_path: Path) -> None:
    _touch(tmp_path, "town.JPG", "animals/birds/owl.png")
    assert list_pictures(tmp_path) == [
        FolderPicture(
            tmp_path / "animals/birds/owl.png", "animals/birds/owl", (), {"class": "animals/birds"}
        ),
        FolderPicture(tmp_path / "town.JPG", "town", (), {}),
    ]


def test_two_pictures_that_would_share_an_id_keep_their_suffixes(tmp_path: Path) -> None:
    _touch(tmp_path, "a/owl.png", "a/owl.jpg", "b/owl.png")
    assert _ids(tmp_path) == ["a/owl.jpg", "a/owl.png", "b/owl"]


def test_only_visible_pictures_count(tmp_path: Path) -> None:
    _touch(tmp_path, "a.webp", "a.svg", "notes.txt", ".hidden.png", ".thumbnails/b.png", "folder.png/c.tiff")
    assert _ids(tmp_path) == ["a", "folder.png/c"]


def test_a_token_file_names_pictures_beside_or_below_it(tmp_path: Path) -> None:
    _touch(tmp_path, "Images/x.jpg", "Images/y.jpg", "Images/deep/x.jpg")
    (tmp_path / "captions.txt").write_text("x.jpg#0\tby name\nx.jpg#1\ttwice\nImages/y.jpg#0\tby path\n")
    (tmp_path / "Images/deep/captions.txt").write_text("x.jpg#0\tthe nearest file wins\n")
    captions = {picture.image_id: picture.captions for picture in list_pictures(tmp_path)}
    assert captions == {
        "Images/x": ("by name", "twice"),
        "Images/y": ("by path",),
        "Images/deep/x": ("the nearest file wins",),
    }


def test_a_text_beside_a_picture_is_its_caption_where_no_token_file_names_it(tmp_path: Path) -> None:
    _touch(tmp_path, "owl.png", "bat.png", "captions.png")
    (tmp_path / "captions.txt").write_text("bat.png#0\ta bat\n")
    (tmp_path / "owl.txt").write_bytes("An owl – h\xf6".encode("latin-1", "replace") + b"\nde.utf8=Eine Eule")
    (tmp_path / "bat.txt").write_text("another bat")
    captions = {picture.image_id: picture.captions for picture in list_pictures(tmp_path)}
    assert captions == {"owl": ("An owl ? h\ufffd",), "bat": ("a bat",), "captions": ()}


def test_captions_above_the_folder_are_not_looked_at(tmp_path: Path) -> None:
    _touch(tmp_path, "pictures/a.png")
    (tmp_path / "captions.txt").write_text("a.png#0\tnot meant\n")
    assert list_pictures(tmp_path / "pictures")[0].captions == ()


@pytest.mark.parametrize("name", ["absent", "empty", "file.png"])
def test_a_folder_without_pictures_is_told_so(tmp_path: Path, name: str) -> None:
    (tmp_path / "empty").mkdir()
    _touch(tmp_path, "file.png")
    with pytest.raises(DemoFailed, match=name):
        list_pictures(tmp_path / name)
