"""Downloads from a file server on this machine: resumed, checked, and plain about what went wrong."""

import hashlib
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import pytest

from job_kit import download
from job_kit.download import ChangedFile, NoSpace, Refused, RemoteFile
from tests.fakes.file_server import FileServer, running

CONTENT = bytes(range(256)) * 1200  # 300 kB: more than one packet on any line
NAME = "set.zip"
Start = Callable[..., FileServer]


@pytest.fixture
def start() -> Iterator[Start]:
    with ExitStack() as servers:
        yield lambda content=CONTENT, **faults: servers.enter_context(running(FileServer(content, **faults)))


def described(server: FileServer, content: bytes = CONTENT) -> RemoteFile:
    return RemoteFile(server.url(NAME), len(content), hashlib.sha256(content).hexdigest())


def fetch(file: RemoteFile, folder: Path, pauses: list[float] | None = None) -> Path:
    with download.open_client() as client:
        return download.fetch(file, folder, client, pause=([] if pauses is None else pauses).append)


def test_a_file_is_fetched_once_and_kept(start: Start, tmp_path: Path) -> None:
    server = start()
    path = fetch(described(server), tmp_path / "cache")
    assert path == tmp_path / "cache" / NAME
    assert path.read_bytes() == CONTENT
    assert fetch(described(server), tmp_path / "cache") == path
    assert server.asked == [None]
    assert [found.name for found in path.parent.iterdir()] == [NAME]


def test_a_broken_connection_is_taken_up_where_it_broke(start: Start, tmp_path: Path) -> None:
    server, pauses = start(cuts=[100_000, 50_000]), list[float]()
    assert fetch(described(server), tmp_path, pauses).read_bytes() == CONTENT
    assert server.asked == [None, "bytes=100000-", "bytes=150000-"]
    assert pauses == [1.0, 1.0]  # each attempt brought something


def test_a_later_call_goes_on_too(start: Start, tmp_path: Path) -> None:
    (tmp_path / f"{NAME}.part").write_bytes(CONTENT[:200_000])
    server = start()
    assert fetch(described(server), tmp_path).read_bytes() == CONTENT
    assert server.asked == ["bytes=200000-"]


def test_a_finished_part_is_only_checked(start: Start, tmp_path: Path) -> None:
    (tmp_path / f"{NAME}.part").write_bytes(CONTENT)
    server = start()
    assert fetch(described(server), tmp_path).read_bytes() == CONTENT
    assert server.asked == []


@pytest.mark.parametrize("announce", [True, False])
def test_a_server_without_ranges_starts_over(start: Start, tmp_path: Path, announce: bool) -> None:
    server = start(ranges=False, announce=announce, cuts=[100_000])
    assert fetch(described(server), tmp_path).read_bytes() == CONTENT
    assert server.asked == [None, "bytes=100000-"]


def test_a_part_that_is_too_long_is_thrown_away(start: Start, tmp_path: Path) -> None:
    (tmp_path / f"{NAME}.part").write_bytes(CONTENT + b"more")
    server = start()
    assert fetch(described(server), tmp_path).read_bytes() == CONTENT
    assert server.asked == [None]


@pytest.mark.parametrize("resumed", [False, True])
def test_other_content_is_refused_and_removed(start: Start, tmp_path: Path, resumed: bool) -> None:
    if resumed:
        (tmp_path / f"{NAME}.part").write_bytes(b"x" * 1000)
    server = start(content=CONTENT if resumed else CONTENT[:-1] + b"x")
    with pytest.raises(ChangedFile, match="sha256"):
        fetch(described(server), tmp_path)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("other", [CONTENT[:-1], CONTENT + b"x"], ids=["shorter", "longer"])
def test_another_size_is_refused_before_a_byte_is_taken(start: Start, tmp_path: Path, other: bytes) -> None:
    for part in (b"", CONTENT[:1000]):
        (tmp_path / f"{NAME}.part").write_bytes(part)
        with pytest.raises(ChangedFile, match=f"{len(other)}|{len(other):,}"):
            fetch(described(start(content=other)), tmp_path)
        assert (tmp_path / f"{NAME}.part").read_bytes() == part


def test_a_part_past_the_end_of_the_servers_file_is_thrown_away(start: Start, tmp_path: Path) -> None:
    (tmp_path / f"{NAME}.part").write_bytes(CONTENT[:-1])
    server = start(content=CONTENT[:1000])
    with pytest.raises(ChangedFile, match="1,000 bytes"):
        fetch(described(server), tmp_path)
    assert server.asked == [f"bytes={len(CONTENT) - 1}-", None]
    assert list(tmp_path.iterdir()) == []


def test_a_server_that_does_not_stop_is_stopped(start: Start, tmp_path: Path) -> None:
    server = start(content=CONTENT * 3, announce=False)
    with pytest.raises(ChangedFile, match="more than"):
        fetch(described(server), tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_without_a_stated_hash_the_size_decides(start: Start, tmp_path: Path) -> None:
    server = start(content=CONTENT[::-1])
    unstated = RemoteFile(server.url(NAME), len(CONTENT))
    assert fetch(unstated, tmp_path).read_bytes() == CONTENT[::-1]
    with pytest.raises(ChangedFile, match="bytes"):
        fetch(RemoteFile(server.url("short.zip"), len(CONTENT) + 1), tmp_path)


def test_a_spoilt_file_in_the_folder_is_fetched_again(start: Start, tmp_path: Path) -> None:
    (tmp_path / NAME).write_bytes(CONTENT[:-1] + b"x")
    server = start()
    assert fetch(described(server), tmp_path).read_bytes() == CONTENT
    assert server.asked == [None]


def test_a_server_that_recovers_is_waited_for(start: Start, tmp_path: Path) -> None:
    server, pauses = start(statuses=[503, 502, 503]), list[float]()
    assert fetch(described(server), tmp_path, pauses).read_bytes() == CONTENT
    assert pauses == [1.0, 2.0, 5.0]


def test_a_server_that_does_not_is_given_up(start: Start, tmp_path: Path) -> None:
    server = start(statuses=[503] * 20)
    with pytest.raises(Refused, match="503"):
        fetch(described(server), tmp_path)
    assert len(server.asked) == download.ATTEMPTS


def test_one_that_always_breaks_off_early_is_given_up(start: Start, tmp_path: Path) -> None:
    server = start(ranges=False, cuts=[100_000] * 20)
    with pytest.raises(Refused, match="go on"):
        fetch(described(server), tmp_path)
    assert len(server.asked) == download.ATTEMPTS
    assert (tmp_path / f"{NAME}.part").stat().st_size == 100_000


def test_a_no_is_taken_at_once(start: Start, tmp_path: Path) -> None:
    server = start(statuses=[404])
    with pytest.raises(Refused, match="404"):
        fetch(described(server), tmp_path)
    assert len(server.asked) == 1


def test_nobody_there(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="refused"):
        fetch(RemoteFile("http://127.0.0.1:9/set.zip", 10), tmp_path)


def test_a_file_that_cannot_fit_is_not_begun(start: Start, tmp_path: Path) -> None:
    server = start()
    with pytest.raises(NoSpace, match="needs"):
        fetch(RemoteFile(server.url(NAME), 1 << 60), tmp_path)
    assert server.asked == []


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no device that is always full")
def test_a_disk_that_fills_up_is_named(start: Start, tmp_path: Path) -> None:
    (tmp_path / f"{NAME}.part").symlink_to("/dev/full")
    with pytest.raises(NoSpace, match="no space left"):
        fetch(described(start()), tmp_path)


def test_two_at_once_fetch_it_once(start: Start, tmp_path: Path) -> None:
    server = start()
    with ThreadPoolExecutor(4) as pool:
        paths = list(pool.map(lambda _: fetch(described(server), tmp_path), range(4)))
    assert {path.read_bytes() for path in paths} == {CONTENT}
    assert server.asked == [None]
