"""A light stack with the pictures that the documents ask about; a folder with the files that they name."""

import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from diversity_client.client import Client
from tests.e2e.stack import Stack
from tests.fakes.drawn import drawn

# The ids that documents ask about, and a few more, so that every list has something to show.
CATALOGUE = {
    "animals/mammals/bears/european-bear": "animals",
    "animals/fish/coraltrout": "animals",
    "food/vegetables/corn": "food",
    "food/fruit/kiwi": "food",
    "birds/wren": "birds",
    "fish/trout": "fish",
    "fish/cod": "fish",
    "town": "places",
    "1056338697_4f7d7ce270": "people",
    "327415627_6313d32a64": "people",
}
PICTURES = ("dog.jpg", "trout.jpg", "a.jpg", "b.jpg", "my-pictures/one.jpg", "my-pictures/two.jpg")


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """Both views and the gateway; what is tested is whether calls are as documented, not their deadline."""
    folder = tmp_path_factory.mktemp("documents")
    with Stack(
        folder, two_views=True, light=True, settings={"VIEW_DEADLINE_S": "30", "DRAIN_S": "0"}
    ) as built:
        yield built


@pytest.fixture
def filled(stack: Stack) -> Stack:
    """The catalogue that every document starts from."""
    with Client(stack.gateway.url) as client:
        for number, (image_id, kind) in enumerate(CATALOGUE.items()):
            client.put_image(
                image_id,
                drawn(number, size=(16, 12)),
                captions=[f"a picture of {kind} number {number}"],
                metadata={"class": kind},
                wait=number == len(CATALOGUE) - 1,
            )
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
