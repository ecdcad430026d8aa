"""The ingest over a gateway in memory: what is sent, and what is not."""

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from diversity_client.ingesting.journal import Journal
from diversity_client.sources.entry import Entry
from diversity_client.sources.folder import Folder
from diversity_client.sources.opening import open_source
from tests.unit.client.fake_gateway import FakeGateway, problem
from tests.unit.client.ingests import about, folder, run


def test_everything_is_sent_once_with_what_is_said_of_it(tmp_path: Path) -> None:
    gateway = FakeGateway()
    report = run(gateway, folder(tmp_path))
    assert (report.added, report.done, report.total) == (10, 10, 10)
    assert sorted(gateway.writes) == [f"set/{number}" for number in range(10)]
    assert gateway.images["set/3"]["captions"] == ["caption 3"]
    assert gateway.images["set/3"]["metadata"] == {"class": "set"}
    assert report.sent_bytes == sum(image["bytes"] for image in gateway.images.values())


def test_what_is_there_is_not_sent_again(tmp_path: Path) -> None:
    gateway = FakeGateway()
    source = folder(tmp_path)
    run(gateway, source)
    gateway.writes.clear()
    again = run(gateway, source)
    assert (again.already_there, gateway.writes) == (10, [])


def test_only_what_changed_is_sent(tmp_path: Path) -> None:
    gateway = FakeGateway()
    run(gateway, folder(tmp_path))
    gateway.writes.clear()
    (tmp_path / "set/2.png").write_bytes(b"other bytes")
    (tmp_path / "set/captions.txt").write_text(
        "".join(f"{n}.png#0\tcaption {n}{'!' * (n == 5)}\n" for n in range(10))
    )
    gateway.images["set/7"]["metadata"] = {"class": "other"}
    del gateway.images["set/8"]
    report = run(gateway, Folder(tmp_path))
    assert sorted(gateway.writes) == ["set/2", "set/5", "set/7", "set/8"]
    assert (report.added, report.replaced, report.already_there) == (1, 3, 6)


def test_what_the_source_does_not_say_is_left_as_it_is(tmp_path: Path) -> None:
    gateway = FakeGateway()
    (tmp_path / "a.png").write_bytes(b"a")
    run(gateway, Folder(tmp_path))
    gateway.images["a"] |= {"captions": ["by hand"], "metadata": {"by": "hand"}}
    assert run(gateway, Folder(tmp_path)).already_there == 1
    assert gateway.images["a"]["captions"] == ["by hand"]


def test_a_table_that_says_there_is_no_caption_takes_it_away(tmp_path: Path) -> None:
    gateway = FakeGateway()
    (tmp_path / "a.png").write_bytes(b"a")
    for caption, expected in (("One.", ["One."]), ("", [])):
        (tmp_path / "t.csv").write_text(f"path,caption\na.png,{caption}\n")
        run(gateway, open_source(tmp_path / "t.csv"))
        assert gateway.images["a"]["captions"] == expected
    assert len(gateway.writes) == 2


@pytest.mark.parametrize("at_once", [1, 3])
def test_no_more_are_in_flight_than_asked_for(tmp_path: Path, at_once: int) -> None:
    gateway = FakeGateway()
    run(gateway, folder(tmp_path, 20), at_once=at_once)
    assert gateway.most_at_once <= at_once


def test_few_pictures_are_in_memory(tmp_path: Path) -> None:
    ahead = list[int]()

    class Watched(Folder):
        def __iter__(self) -> Iterator[Entry]:
            for number, entry in enumerate(super().__iter__(), start=1):
                ahead.append(number - len(gateway.writes))
                yield entry

    gateway = FakeGateway()
    folder(tmp_path, 60)
    run(gateway, Watched(tmp_path), at_once=2)
    assert len(gateway.writes) == 60
    assert max(ahead) <= 2 * 2 + 1


def test_a_refused_picture_costs_itself_only(tmp_path: Path) -> None:
    gateway = FakeGateway(about("set/4", problem(400, "Not a decodable picture")))
    report = run(gateway, folder(tmp_path))
    assert (report.added, report.done) == (9, 10)
    assert [(one.image_id, one.status, one.title) for one in report.refused] == [
        ("set/4", 400, "Not a decodable picture")
    ]
    assert list(report.reasons()) == [("Not a decodable picture", 1)]
    json.dumps(report.as_json())


def test_what_was_refused_for_good_is_not_sent_again(tmp_path: Path) -> None:
    tries: list[str] = []

    def interfere(request: httpx.Request) -> httpx.Response | None:
        if request.method == "PUT" and request.url.path.endswith(("set/4", "set/5")):
            tries.append(request.url.path[-5:])
            return problem(400 if request.url.path.endswith("4") else 500)
        return None

    gateway, journal = FakeGateway(interfere), tmp_path / "refused.jsonl"
    for expected in (["set/4", "set/5"], ["set/5"]):  # a 500 may be another matter tomorrow
        tries.clear()
        report = run(gateway, folder(tmp_path), journal)
        assert sorted(tries) == expected
        assert sorted(one.image_id or "" for one in report.refused) == ["set/4", "set/5"]
    (tmp_path / "set/4.png").write_bytes(b"mended")
    tries.clear()
    run(gateway, Folder(tmp_path), journal)
    assert sorted(tries) == ["set/4", "set/5"]


def test_half_a_line_of_a_journal_costs_itself_only(tmp_path: Path) -> None:
    gateway = FakeGateway(about("set/4", problem(400)))
    journal = tmp_path / "refused.jsonl"
    run(gateway, folder(tmp_path), journal)
    whole = journal.read_text()
    journal.write_text(whole + whole[: len(whole) // 2])
    (tmp_path / "set/4.png").write_bytes(b"broken in another way")
    run(gateway, Folder(tmp_path), journal)
    refusals = Journal(journal, "http://gateway")
    for path in (b"picture 4", b"broken in another way"):
        assert refusals.find("set/4", hashlib.sha256(path).hexdigest()) is not None
    refusals.close()


def test_a_journal_of_another_gateway_says_nothing(tmp_path: Path) -> None:
    gateway, journal = FakeGateway(about("set/4", problem(400))), tmp_path / "refused.jsonl"
    run(gateway, folder(tmp_path), journal)
    other = Journal(journal, "http://elsewhere")
    refusal = run(gateway, folder(tmp_path)).refused[0]
    assert other.find("set/4", refusal.content_hash or "") is None
    other.close()


def test_a_connection_that_breaks_for_one_picture_refuses_that_one(tmp_path: Path) -> None:
    gateway = FakeGateway(about("set/4", httpx.WriteError("broken pipe")))
    report = run(gateway, folder(tmp_path))
    assert report.added == 9
    assert (report.refused[0].image_id, report.refused[0].is_final) == ("set/4", False)


def test_a_busy_gateway_is_waited_for(tmp_path: Path) -> None:
    refused = set[str]()

    def busy(request: httpx.Request) -> httpx.Response | None:
        if request.method == "PUT" and request.url.path not in refused:
            refused.add(request.url.path)
            return problem(429, **{"Retry-After": "1"})
        return None

    assert run(FakeGateway(busy), folder(tmp_path)).added == 10


def test_files_that_cannot_be_read_and_rows_that_name_nothing_are_told(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(b"a")
    (tmp_path / "t.csv").write_text("path,x\na.png,1\ngone.png,1\n,1\n")
    report = run(FakeGateway(), open_source(tmp_path / "t.csv"))
    assert report.added == 1
    assert [one.title for one in report.refused] == ["Not readable", "Not usable"]
