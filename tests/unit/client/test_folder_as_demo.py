"""The client makes the same entries of a folder as `make demo`: one rule in two packages, held here."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from demo.captions import MAX_CAPTION, first_caption, parse_token_file
from demo.folder import PICTURE_SUFFIXES, TOKEN_FILE, list_pictures
from diversity_client.sources.captions import MOST_CHARACTERS, first_line, of_token_file
from diversity_client.sources.folder import Folder
from diversity_client.sources.tree import CAPTIONS_FILE, SUFFIXES

TEXTS = {
    "captions.txt": "town.JPG#0\tby name\ntown.JPG#1\ttwice\nanimals/owl.png#0\tby path\nowl.gif#0\tno id\n",
    "animals/captions.txt": "\ufeffdeep/x.jpg#0\tthe nearest\r\nnonsense\nowl.jpg#x\tno number\n",
    "animals/owl.txt": "not asked, the token file names it",
    "animals/bat.txt": "\n \t\nA bat \x1b[31m here.\nde=Eine Fledermaus",
    "captions.png": "",
    "town/captions.txt": "",
    "latin.txt": "h\udcf6h",
}
PICTURES = (
    "town.JPG", "animals/owl.png", "animals/owl.jpg", "animals/bat.webp", "animals/deep/x.jpg",
    "animals/deep/y.tiff", ".hidden/z.png", ".z.png", "captions.png", "notes.svg", "town/a.b.bmp",
    "town/a.b.jpeg", "x.jpg", "latin.gif", "folder.png/c.tif",
)  # fmt: skip


def write(root: Path, pictures: tuple[str, ...]) -> None:
    for name, text in TEXTS.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text, encoding="utf-8", errors="surrogateescape")
    for name in pictures:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(name.encode())


@pytest.mark.parametrize("pictures", [PICTURES, PICTURES[::2], PICTURES[1::2], PICTURES[:3]])
def test_the_same_folder_gives_the_same_entries(tmp_path: Path, pictures: tuple[str, ...]) -> None:
    write(tmp_path, pictures)
    theirs = [(one.path, one.image_id, one.captions, one.metadata) for one in list_pictures(tmp_path)]
    own = [
        (Path(one.place), one.image_id, one.captions or (), one.metadata or {}) for one in Folder(tmp_path)
    ]
    assert own == theirs
    assert len(Folder(tmp_path)) == len(own) >= 3


@given(st.text(alphabet="ab#01٣\t .\n\r\x00é\x85", max_size=80))
def test_the_same_text_gives_the_same_captions(text: str) -> None:
    assert {name: list(found) for name, found in of_token_file(text).items()} == parse_token_file(text)
    assert first_line(text) == first_caption(text)


def test_names_and_limits_are_the_same() -> None:
    assert (SUFFIXES, CAPTIONS_FILE, MOST_CHARACTERS) == (PICTURE_SUFFIXES, TOKEN_FILE, MAX_CAPTION)
