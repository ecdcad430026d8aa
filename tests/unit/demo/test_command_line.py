"""The demo's command line."""

from pathlib import Path

import pytest

from demo.__main__ import parse
from demo.run import Options


def test_nothing_asked_for_is_the_sample_on_port_8000() -> None:
    assert parse([]) == Options(images=None, port=8000, state=Path("var/demo"), artifacts=Path("artifacts"))


def test_everything_can_be_chosen() -> None:
    words = ["--images", "my pictures", "--port", "9000", "--state", "s", "--artifacts", "a"]
    assert parse(words) == Options(Path("my pictures"), 9000, Path("s"), Path("a"))


@pytest.mark.parametrize("port", ["0", "-1", "65534", "web", ""])
def test_a_port_whose_successor_is_none_is_refused(port: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="2"):
        parse(["--port", port])
    assert "--port" in capsys.readouterr().err
