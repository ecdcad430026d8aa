"""One stack in containers for all tests here, with a few dozen pictures in its catalogue."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from demo import apt
from demo.catalogue import Catalogue
from demo.folder import FolderPicture, list_pictures
from demo.sample_catalogue import sample_pictures
from tests.e2e.compose.containers import SERVICES, Containers, engine_is_there
from tests.fakes.drawn import drawn

PICTURES = 40


@pytest.fixture(scope="package")
def stack() -> Iterator[Containers]:
    """Up with the starters and an empty catalogue; taken down, volumes and all, at the end."""
    if not engine_is_there():
        pytest.fail("There is no engine to run containers with; start it, or install Docker.")
    containers = Containers()
    try:
        containers.up()
        yield containers
    finally:
        for service in SERVICES:
            print(containers.compose("logs", "--tail", "15", service), file=sys.stderr)
        containers.away()


@pytest.fixture(scope="package")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> list[FolderPicture]:
    """Debian's stamps where there is apt, every twelfth of them; drawn ones elsewhere."""
    home = tmp_path_factory.mktemp("pictures")
    if apt.has_apt():
        found = list_pictures(sample_pictures(home, apt.download))
        return found[:: len(found) // PICTURES][:PICTURES]
    for number in range(PICTURES):
        _write(home / f"set{number % 3}/{number}.png", drawn(number, size=(200, 160)))
    return list_pictures(home)


@pytest.fixture(scope="package")
def filled(stack: Containers, pictures: list[FolderPicture]) -> Containers:
    """The stack with every picture in both views."""
    with Catalogue(stack.url) as catalogue:
        for picture in pictures:
            catalogue.put(picture)
    stack.wait_for(
        lambda stats: all(
            view["pending"] == 0 and view["indexed"] == PICTURES for view in stats["views"].values()
        )
    )
    return stack


def _write(path: Path, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
