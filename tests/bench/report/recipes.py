"""Recipes that documents give: the training commands of their code blocks. Pure but for `read`."""

import re
import shlex
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from markdown_it import MarkdownIt

DOCUMENTS = ("README.md", "trainer-jobs/drml_job/README.md", "trainer-jobs/caption_job/README.md")
STEP = re.compile(r"python -m (drml|caption)_job\.(\w+)\b(.*)")
# Where things lie is the caller's; what a run starts from is told beside the knobs.
PLACES = frozenset({"packed", "run-dir", "prepared", "features", "data", "start", "start-sha256"})


@dataclass(frozen=True)
class Command:
    """One step of a job: `options` by name, a flag is `True`."""

    kind: str
    step: str
    options: Mapping[str, str]
    text: str


def read(root: Path) -> list[list[Command]]:
    """The blocks of the documents that hold steps of a job."""
    texts = [(root / name).read_text() for name in DOCUMENTS if (root / name).is_file()]
    blocks = [
        list(commands(token.content))
        for text in texts
        for token in MarkdownIt("commonmark").parse(text)
        if token.type in {"fence", "code_block"}
    ]
    return [block for block in blocks if block]


def commands(block: str) -> Iterator[Command]:
    """The steps in a block, a command of several lines as one."""
    for line in re.sub(r"\\\n\s*", "", block).splitlines():
        if match := STEP.search(line.partition(" #")[0]):
            text = " ".join(match[0].split())
            yield Command(match[1], match[2], _options(match[3]), text)


def agree(recipe: Sequence[Command], kind: str, knobs: Mapping[str, str]) -> bool:
    """Whether the last training of a recipe is a training of that kind with these knobs."""
    trained = [command for command in recipe if command.step == "train" and command.kind == kind]
    if not trained or not knobs:
        return False
    asked = {name: value for name, value in trained[-1].options.items() if name not in PLACES}
    return bool(asked) and all(
        _same(value, knobs.get(name.replace("-", "_"), "")) for name, value in asked.items()
    )


def _options(written: str) -> dict[str, str]:
    found: dict[str, str] = {}
    name = ""
    for word in shlex.split(written):
        if word.startswith("--"):
            name = word.removeprefix("--")
            found[name.removeprefix("no-")] = "False" if name.startswith("no-") else "True"
        elif name:
            found[name] = word
    return found


def _same(one: str, other: str) -> bool:
    try:
        return float(one) == float(other)
    except ValueError:
        return one == other
