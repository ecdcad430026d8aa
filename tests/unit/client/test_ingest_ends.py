"""What ends an ingest before its time, and that the report counts what was done until then."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from diversity_client.errors import NotReady, Problem, Unauthorised, Unreachable
from diversity_client.ingesting.run import IngestInterrupted, IngestStopped
from diversity_client.sources.entry import Entry
from diversity_client.sources.folder import Folder
from tests.unit.client.fake_gateway import FakeGateway, problem
from tests.unit.client.ingests import about, folder, run


@pytest.mark.parametrize(
    ("reply", "cause"),
    [
        (problem(401, slug="unauthorised"), Unauthorised),
        (problem(507), Problem),
        (problem(503, slug="not-ready"), NotReady),
    ],
)
def test_what_concerns_every_picture_ends_it_with_what_was_done(
    tmp_path: Path, reply: httpx.Response, cause: type[Exception]
) -> None:
    gateway = FakeGateway(about("set/4", reply))
    with pytest.raises(IngestStopped) as caught:
        run(gateway, folder(tmp_path, 60), at_once=1)
    assert isinstance(caught.value.__cause__, cause)
    report = caught.value.report
    assert 0 < report.added == len(gateway.images) < 59
    gateway.interfere = lambda request: None
    rest = run(gateway, Folder(tmp_path))
    assert (rest.already_there, rest.added) == (report.added, 60 - report.added)


def test_ctrl_c_ends_it_with_what_was_done(tmp_path: Path) -> None:
    class Interrupted(Folder):
        def __iter__(self) -> Iterator[Entry]:
            for number, entry in enumerate(super().__iter__()):
                if number == 40:
                    raise KeyboardInterrupt
                yield entry

    gateway = FakeGateway(about("set/0", problem(400, "Not a decodable picture")))
    folder(tmp_path, 60)
    with pytest.raises(KeyboardInterrupt) as caught:
        run(gateway, Interrupted(tmp_path))
    assert isinstance(caught.value, IngestInterrupted)
    report = caught.value.report
    # What was in flight has arrived, and is counted.
    assert report.added == len(gateway.images) > 30
    assert (report.total, [one.image_id for one in report.refused]) == (60, ["set/0"])


def test_a_gateway_that_is_gone_ends_it(tmp_path: Path) -> None:
    def gone(request: httpx.Request) -> httpx.Response | None:
        if request.method == "PUT" or request.url.path == "/healthz":
            raise httpx.ConnectError("refused")
        return None

    with pytest.raises(IngestStopped) as caught:
        run(FakeGateway(gone), folder(tmp_path))
    assert isinstance(caught.value.__cause__, Unreachable)
