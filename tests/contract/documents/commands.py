"""The commands that a document shows, each with what it is shown to print."""

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass, field

from tests.contract.documents.markdown import Block, Document

CRON = re.compile(r"^(?:[\d*/,-]+ +){5}")
SUBSTITUTION = re.compile(r"\$\([^)]*\)")
ASSIGNMENT = re.compile(r"^[A-Z_]+=\S*$")
SHELLS = {"console", "sh", "bash", "shell"}


@dataclass(frozen=True)
class Command:
    """One line of a shell; `words` are its words, without assignments in front or a comment."""

    document: str
    line: int
    text: str
    prints: list[str] = field(default_factory=list)

    @property
    def words(self) -> list[str]:
        words = shlex.split(SUBSTITUTION.sub("something", self.text), comments=True)
        while words and ASSIGNMENT.match(words[0]):
            words.pop(0)
        return words

    @property
    def place(self) -> str:
        """For a person who looks for it."""
        return f"{self.document}:{self.line}: {self.text}"


def commands(document: Document) -> list[Command]:
    """Every command of a document's blocks, in their order."""
    return [
        command
        for block in document.blocks
        if block.language in SHELLS
        for command in _of_block(document.name, block)
    ]


def _of_block(name: str, block: Block) -> Iterator[Command]:
    # A line that ends in a backslash goes on in the next one.
    text = re.sub(r"\\\n\s*", lambda found: " " + "\x00" * found[0].count("\n"), block.text)
    line, shown = block.line, list[Command]()
    for row in text.split("\n"):
        line += 1
        plain = row.replace("\x00", "")
        if plain.startswith("$ "):
            # `a && b` are two commands.
            shown += [Command(name, line, part) for part in re.split(r" && ", plain[2:])]
        elif scheduled := CRON.match(plain):
            shown += [Command(name, line, part) for part in re.split(r" && ", plain[scheduled.end() :])]
        elif shown and plain:
            shown[-1].prints.append(plain)
        line += row.count("\x00")
    yield from shown
