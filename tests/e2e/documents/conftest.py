"""A light stack over the sample catalogue, drawn; a folder with the files that the documents name."""

import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from demo.catalogue import Catalogue
from demo.folder import FolderPicture, list_pictures
from demo.ingest import ingest
from tests.e2e.stack import Stack
from tests.fakes.drawn import drawn

# Every id that `make demo` gives to the pictures of its sample, so that a document asks for nothing else.
SAMPLE = Path(__file__).with_name("sample_catalogue.txt")
PICTURES = ("my-pictures/one.jpg", "my-pictures/two.jpg")


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """Both views and the gateway; what is tested is whether calls are as documented, not their deadline."""
    folder = tmp_path_factory.mktemp("documents")
    with Stack(
        folder, two_views=True, light=True, settings={"VIEW_DEADLINE_S": "30", "DRAIN_S": "0"}
    ) as built:
        yield built


@pytest.fixture(scope="session")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Sequence[FolderPicture]:
    """The sample's pictures as the demo lists them, but drawn."""
    folder = tmp_path_factory.mktemp("sample")
    ids = SAMPLE.read_text().split()
    for number, image_id in enumerate(ids):
        _write(folder / f"{image_id}.png", drawn(number, size=(16, 12)))
        (folder / f"{image_id}.txt").write_text(f"A {Path(image_id).name}, picture {number}.\n")
    pictures = list_pictures(folder)
    assert [picture.image_id for picture in pictures] == sorted(ids)
    return pictures


@pytest.fixture
def filled(stack: Stack, sample: Sequence[FolderPicture]) -> Stack:
    """The catalogue that every document starts from: what `make demo` has brought in."""
    with Catalogue(stack.gateway.url) as catalogue:
        assert ingest(catalogue, sample, quiet=True).refused == {}
    stack.wait_indexed()
    return stack


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A working folder with every file that a command names."""
    for number, name in enumerate(PICTURES):
        _write(tmp_path / name, drawn(100 + number, size=(16, 12), kind="JPEG"))
    # Four good ones and a broken one, as the client's README shows them.
    for number in range(4):
        _write(tmp_path / f"holiday/{number}.jpg", drawn(200 + number, size=(16, 12), kind="JPEG"))
    _write(tmp_path / "holiday/beach/broken.jpg", drawn(204, kind="JPEG")[:400])
    with zipfile.ZipFile(tmp_path / "flickr8k.zip", "w") as zipped:
        zipped.writestr("Images/300.jpg", drawn(300, size=(16, 12), kind="JPEG"))
    (tmp_path / "Flickr8k.token.txt").write_text("300.jpg#0\tA drawn picture .\n")
    _write(tmp_path / "pictures/400.jpg", drawn(400, size=(16, 12), kind="JPEG"))
    (tmp_path / "test.csv").write_text("image,caption\n400.jpg,A drawn picture\n400.jpg,Another word\n")
    return tmp_path


def _write(path: Path, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
