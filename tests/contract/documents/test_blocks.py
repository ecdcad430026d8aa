"""The blocks of the documents are what they say: JSON, Python, commands that exist with options that exist.

What can be run against a running stack is run in `tests/e2e/documents`.
"""

import ast
import importlib.util
import json
import re
import subprocess
import tomllib
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import pytest

from tests.contract.documents.commands import ASSIGNMENT, Command, commands
from tests.contract.documents.markdown import ROOT, Document, documents, read

DOCUMENTS = documents()
LANGUAGES = {"", "console", "json", "python", "text"}
TARGET = re.compile(r"^([a-z][a-z-]*):", re.MULTILINE)
JOB_OF = {"train-drml": "drml_job", "train-caption": "caption_job"}
# Found by their commands' own tests, or against the running stack.
ELSEWHERE = {"curl", "diversity", "echo", "cd", "git", "chmod", "ls"}
# Not on the path of a plain Debian: with its folder, or after the environment that holds it was activated.
OF_THE_ENVIRONMENT = {"diversity", "pip", "python", "pytest", "torchrun"}
# Between backticks these are commands that somebody may type.
TYPED = re.compile(r"^(?:[^ ]*/)?(?:python|pip) ")


@cache
def _sources(package: str) -> str:
    spec = importlib.util.find_spec(package)
    assert spec is not None
    places = {Path(place) for place in spec.submodule_search_locations or ()}
    return "\n".join(path.read_text() for place in places for path in place.rglob("*.py"))


def _options_missing(words: list[str], source: str) -> Iterator[str]:
    for word in words:
        option = word.partition("=")[0]
        # A job's knobs are the fields of its steps' `Knobs`.
        knob = rf"^    {option[2:].replace('-', '_')}: "
        known = f'"{option}"' in source or re.search(knob, source, re.MULTILINE)
        if option.startswith("--") and not known:
            yield f"no option {option}"


def wrong_make(command: Command) -> Iterator[str]:
    """What `make -n` says against it, and options of a job that the job does not have."""
    words = command.words[1:]
    said = subprocess.run(["make", "-n", *words], cwd=ROOT, capture_output=True, text=True, check=False)
    if said.returncode:
        yield said.stderr.strip()
    for target in words:
        for given in words:
            if target in JOB_OF and given.startswith("ARGS="):
                yield from _options_missing(given[5:].split(), _sources(JOB_OF[target]))


def wrong_python(command: Command) -> Iterator[str]:
    """A module or a script that is not there, or an option that it does not know."""
    words = command.words[1:]
    if words[0] != "-m":
        path = ROOT / words[0]
        if not path.is_file():
            yield f"there is no {words[0]}"
        else:
            yield from _options_missing(words, path.read_text())
        return
    if words[1] == "pytest":
        yield from (
            f"there is no {word}"
            for word in words[2:]
            if word.startswith("tests/") and not (ROOT / word).exists()
        )
    elif importlib.util.find_spec(words[1]) is None:
        yield f"no module {words[1]}"
    else:
        yield from _options_missing(words, _sources(words[1].rpartition(".")[0] or words[1]))


def wrong_install(command: Command) -> Iterator[str]:
    """A profile of the environment that is not there."""
    profile = command.words[2]
    if not re.search(rf"^  {profile}\)", (ROOT / ".requirements/install").read_text(), re.MULTILINE):
        yield f"no profile {profile}"


def wrong_pip(command: Command) -> Iterator[str]:
    """A folder that is no package, or an extra that it has not."""
    for word in command.words[2:]:
        if word.startswith("-"):
            continue
        folder, _, extra = word.rstrip("]").partition("[")
        project = ROOT / folder / "pyproject.toml"
        if not project.is_file():
            yield f"{folder} is no package of this tree"
        elif extra and extra not in tomllib.loads(project.read_text())["project"]["optional-dependencies"]:
            yield f"{folder} has no extra {extra}"


def wrong_source(command: Command) -> Iterator[str]:
    """Anything but the environment that is made here."""
    if not command.words[1].endswith(".venv/bin/activate"):
        yield f"{command.words[1]} is no environment"


def wrong_system_python(command: Command) -> Iterator[str]:
    """Debian's own Python runs no package of this tree, and may not be given any."""
    if command.words[1:3] != ["-m", "venv"]:
        yield "use an environment's python"


CHECKS: dict[str, Callable[[Command], Iterator[str]]] = {
    "source": wrong_source,
    "python3": wrong_system_python,
    "make": wrong_make,
    "python": wrong_python,
    "install": wrong_install,
    "pip": wrong_pip,
}


def wrong(document: Document) -> Iterator[str]:
    """What is wrong with a document's blocks, each with its line."""
    for block in document.blocks:
        place = f"{document.name}:{block.line}"
        if block.language not in LANGUAGES:
            yield f"{place}: a block of {block.language!r} is looked at by nobody"
        if block.language == "json":
            try:
                json.loads(block.text)
            except ValueError as error:
                yield f"{place}: no JSON: {error}"
        if block.language == "python":
            try:
                ast.parse(block.text)
            except SyntaxError as error:
                yield f"{place}: no Python: {error}"
    yield from (
        f"{document.name}:{line}: an indented block is looked at by nobody" for line in document.indented
    )
    is_activated = False
    for command in commands(document):
        program = Path(command.words[0]).name
        is_activated |= program == "source"
        if command.words[0] in OF_THE_ENVIRONMENT and not is_activated:
            yield f"{command.place}: {program} is not on a plain Debian's path"
        if program in CHECKS:
            yield from (f"{command.place}: {reason}" for reason in CHECKS[program](command))
        elif program not in ELSEWHERE:
            yield f"{command.place}: nobody looks at {program}"


def unknown_targets(document: Document) -> Iterator[str]:
    """Targets that the text names between backticks and the Makefile has not."""
    targets = set(TARGET.findall((ROOT / "Makefile").read_text()))
    for span, line in document.code_spans:
        words = span.split()
        while words and ASSIGNMENT.match(words[0]):
            words.pop(0)
        if words[:1] == ["make"]:
            for word in words[1:]:
                if re.fullmatch(r"[a-z-]+", word) and word not in targets:
                    yield f"{document.name}:{line}: no target {word}"


def wrong_spans(document: Document) -> Iterator[str]:
    """What is wrong with commands between backticks, which name a program of the environment or the tree."""
    for span, line in document.code_spans:
        command = Command(document.name, line, span)
        if TYPED.match(span):
            reasons = CHECKS[Path(command.words[0]).name](command)
            yield from (f"{command.place}: {reason}" for reason in reasons)


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda document: document.name)
def test_every_block_is_what_it_says(document: Document) -> None:
    assert [*wrong(document), *unknown_targets(document), *wrong_spans(document)] == []


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("```json\n{1}\n```", "no JSON"),
        ("```python\nx = = 1\n```", "no Python"),
        ("```rust\n```", "looked at by nobody"),
        ("```console\n$ rm -r /\n```", "nobody looks at rm"),
        ("```console\n$ make tea\n```", "No rule to make target 'tea'"),
        ("```console\n0 3 * * 0  cd /srv && make tea\n```", "No rule to make target 'tea'"),
        ("`X=1 make tea`", "no target tea"),
        ('```console\n$ make train-drml ARGS="--sugar 2"\n```', "no option --sugar"),
        ("```console\n$ .venv/bin/python -m drml_job.prepare --sugar\n```", "no option --sugar"),
        ("`python -m drml_job.prepare --sugar X`", "no option --sugar"),
        ("`pip install ./tea`", "./tea is no package"),
        ("    python -m drml_job.prepare", "an indented block"),
        ("```console\n$ diversity stats\n```", "not on a plain Debian's path"),
        ("```console\n$ source tea\n$ diversity stats\n```", "tea is no environment"),
        ("```console\n$ python3 -m pip install tea\n```", "use an environment's python"),
        ("```console\n$ .venv/bin/python -m drml_job.tea\n```", "no module drml_job.tea"),
        ("```console\n$ .venv/bin/python tea.py\n```", "there is no tea.py"),
        ("```console\n$ .venv/bin/python -m pytest tests/tea\n```", "there is no tests/tea"),
        ("```console\n$ .requirements/install .venv tea\n```", "no profile tea"),
        ("```console\n$ .venv/bin/pip install ./tea\n```", "./tea is no package"),
        ("```console\n$ .venv/bin/pip install -e './gateway/client[tea]'\n```", "has no extra tea"),
    ],
)
def test_what_is_wrong_is_found(tmp_path: Path, text: str, found: str) -> None:
    (tmp_path / "x.md").write_text(text)
    document = read(tmp_path / "x.md")
    (said,) = [*wrong(document), *unknown_targets(document), *wrong_spans(document)]
    assert found in said


def test_commands_are_read_as_a_shell_reads_them(tmp_path: Path) -> None:
    (tmp_path / "x.md").write_text(
        "```console\n$ A=1 make x \\\n    y='b c'  # why\nout\n$ cd a && make z\n```\n"
    )
    found = commands(read(tmp_path / "x.md"))
    assert [(one.words, one.prints, one.line) for one in found] == [
        (["make", "x", "y=b c"], ["out"], 2),
        (["cd", "a"], [], 5),
        (["make", "z"], [], 5),
    ]
