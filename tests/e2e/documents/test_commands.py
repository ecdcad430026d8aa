"""What the documents show of a running gateway works: curl, `diversity`, Python, the example."""

import contextlib
import io
import json
import re
import runpy
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from demo.folder import list_pictures
from diversity_client.command.main import create_app
from tests.contract.documents.commands import Command, commands
from tests.contract.documents.markdown import ROOT, Block, Document, documents, read
from tests.e2e.documents.conftest import SAMPLE
from tests.e2e.stack import Stack

SHOWN = "http://127.0.0.1:8000"
HEADING = re.compile(r"^[a-z_ ]+$")  # of a table: words without figures
# These start no gateway's call; `tests/contract/documents` looks at them.
NOT_RUN = {"make", "git", "cd", "chmod", "ls", "pip", "python", "python3", "install", "source"}
RUN_DOCUMENTS = [
    document
    for document in documents()
    if any(Path(command.words[0]).name in {"curl", "diversity"} for command in commands(document))
    or any(block.language == "python" for block in document.blocks)
]


@dataclass
class Reader:
    """Somebody who types what a document shows, in `folder`, at a gateway of another address."""

    folder: Path
    url: str
    code: int = 0
    ran: list[str] = field(default_factory=list)

    def follow(self, document: Document) -> None:
        """Each command and each Python block; AssertionError for the first that does not do as shown."""
        for command in commands(document):
            program = Path(command.words[0]).name
            if program in NOT_RUN:
                continue
            assert program in self._programs(), command.place
            self._programs()[program](command)
            self.ran.append(program)
        for block in document.blocks:
            if block.language == "python":
                self._python(document, block)

    def _programs(self) -> dict[str, Callable[[Command], None]]:
        return {"curl": self._curl, "diversity": self._diversity, "echo": self._echo}

    def _curl(self, command: Command) -> None:
        words = [word.replace(SHOWN, self.url) for word in command.words[1:]]
        reply = subprocess.run(
            ["curl", "-sS", "--fail-with-body", "--max-time", "60", *words],
            cwd=self.folder, capture_output=True, check=False,
        )  # fmt: skip
        assert reply.returncode == 0, f"{command.place}\n{reply.stdout.decode()}{reply.stderr.decode()}"
        self.replied = reply.stdout
        if self.replied.startswith(b"{"):  # a filter that nothing of the sample passes is no example
            assert json.loads(self.replied).get("results") != [], f"{command.place} finds nothing"

    def _diversity(self, command: Command) -> None:
        if "--install-completion" in command.words:  # changes a person's shell; has a test of its own
            return
        with contextlib.chdir(self.folder):
            ended = CliRunner().invoke(create_app(), command.words[1:], env={"DIVERSITY_URL": self.url})
        self.code = ended.exit_code
        assert ended.exception is None or isinstance(ended.exception, SystemExit), command.place
        # A table that is shown has the columns that are printed.
        headings = [" ".join(line.split()) for line in command.prints if HEADING.match(line)]
        printed = [" ".join(line.split()) for line in ended.output.splitlines()]
        assert [line for line in headings if line not in printed] == [], f"{command.place}\n{ended.output}"
        assert self.code in (0, 3), f"{command.place}\n{ended.output}"

    def _echo(self, command: Command) -> None:
        assert command.words == ["echo", "$?"], command.place
        assert command.prints == [str(self.code)], command.place

    def _python(self, document: Document, block: Block) -> None:
        code = compile(block.text.replace(SHOWN, self.url), f"{document.name}:{block.line}", "exec")
        out = io.StringIO()
        with contextlib.chdir(self.folder), contextlib.redirect_stdout(out):
            exec(code, {"__name__": "shown"})
        assert out.getvalue().strip(), f"{document.name}:{block.line} prints nothing"
        self.ran.append("python")


@pytest.mark.parametrize("document", RUN_DOCUMENTS, ids=lambda document: document.name)
def test_what_a_document_shows_works(document: Document, filled: Stack, folder: Path) -> None:
    reader = Reader(folder, filled.gateway.url)
    reader.follow(document)
    assert reader.ran


def test_the_front_page_s_answer_has_the_form_of_a_real_one(filled: Stack, folder: Path) -> None:
    """Its numbers are the starters'; its fields are these."""
    front = read(ROOT / "README.md")
    (shown,) = (json.loads(block.text) for block in front.blocks if block.language == "json")
    asked = next(command for command in commands(front) if command.words[0] == "curl")
    reader = Reader(folder, filled.gateway.url)
    reader._curl(asked)
    assert set(paths(json.loads(reader.replied))) == set(paths(shown))


def test_the_catalogue_here_is_the_sample_s() -> None:
    """Where `make demo` was run in this tree, its pictures are those."""
    pictures = ROOT / "var/demo/tuxpaint-stamps-default/pictures"
    if not pictures.is_dir():
        pytest.skip("the sample has not been fetched: make demo")
    assert [picture.image_id for picture in list_pictures(pictures)] == SAMPLE.read_text().split()


def test_the_example_of_re_ranking_runs(
    filled: Stack, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    main = runpy.run_path(str(ROOT / "gateway/client/examples/rerank.py"))["main"]
    few = ["--users", "2", "--pool", "4", "--show", "2", "--divergence", "0.5"]
    main([*few, "--url", filled.gateway.url])
    lines = capsys.readouterr().out.splitlines()
    assert lines[1].split() == ["list", "colours", "words", "coverage", "relevance"]
    for line in lines[2:]:
        assert all(0 <= float(cell) <= 1 for cell in line.split()[-4:])
    assert len(lines) == 4


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (f"```console\n$ curl {SHOWN}/nowhere\n```", "404"),
        ("```console\n$ curl http://127.0.0.1:1/\n```", "curl"),
        (
            f"```console\n$ curl {SHOWN}/similar -H 'Content-Type: application/json' "
            '-d \'{"image_id": "food/fruit/pear", "filter": {"class": "animals"}}\'\n```',
            "finds nothing",
        ),
        ("```console\n$ diversity divergent nothing.jpg\n```", "nothing.jpg"),
        ("```console\n$ diversity stats\nview  colour\n```", "stats"),
        ("```console\n$ diversity stats\n$ echo $?\n3\n```", "echo"),
        ("```python\nx = 1\n```", "prints nothing"),
    ],
)
def test_what_does_not_work_is_found(filled: Stack, folder: Path, text: str, said: str) -> None:
    (folder / "x.md").write_text(text)
    with pytest.raises(AssertionError, match=re.escape(said)):
        Reader(folder, filled.gateway.url).follow(read(folder / "x.md"))


def paths(value: Any, place: str = "") -> Iterator[str]:
    """Where the leaves of a JSON value lie; lists count as one, metadata are free."""
    if isinstance(value, dict) and value and not place.endswith("/metadata"):
        for key, inner in value.items():
            yield from paths(inner, f"{place}/{key}")
    elif isinstance(value, list) and value and isinstance(value[0], dict):
        yield from paths(value[0], place)
    else:
        yield place
