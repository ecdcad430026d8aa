"""The tree's Markdown documents, read into blocks, links, tables."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from markdown_it import MarkdownIt
from markdown_it.token import Token

ROOT = Path(__file__).parents[3]
# What is made here, not written here.
MADE = {"build", "var", "runs", "artifacts", "node_modules"}
IN_HTML = re.compile(r"\b(?:src|href)=\"([^\"]*)\"")
NOT_IN_AN_ANCHOR = re.compile(r"[^\w\- ]")


@dataclass(frozen=True)
class Block:
    """A fenced block: its language, its text, the line of its fence."""

    language: str
    text: str
    line: int


@dataclass(frozen=True)
class Table:
    """A table below its headings: rows of cells as written, the first row the columns' names."""

    headings: tuple[str, ...]
    rows: list[list[str]]
    line: int


@dataclass(frozen=True)
class Document:
    """One Markdown text and where it lies."""

    path: Path
    text: str

    @property
    def name(self) -> str:
        """From the tree's top."""
        return self.path.relative_to(ROOT).as_posix() if self.path.is_relative_to(ROOT) else self.path.name

    @cached_property
    def _tokens(self) -> list[Token]:
        return MarkdownIt("commonmark").enable("table").parse(self.text)

    @property
    def blocks(self) -> list[Block]:
        """Fenced blocks, in their order."""
        return [
            Block(token.info.strip(), token.content, _line(token))
            for token in self._tokens
            if token.type == "fence"
        ]

    @property
    def indented(self) -> list[int]:
        """The lines of blocks that are indented instead of fenced, which tell no language."""
        return [_line(token) for token in self._tokens if token.type == "code_block"]

    @property
    def links(self) -> list[tuple[str, int]]:
        """Where links and pictures lead, those of HTML too, each with its line."""
        of_markdown = [
            (str(child.attrs["href" if child.type == "link_open" else "src"]), line)
            for child, line in self._inside()
            if child.type in {"link_open", "image"}
        ]
        of_html = [
            (place, _line(token))
            for token in self._tokens
            if token.type == "html_block"
            for place in IN_HTML.findall(token.content)
        ]
        return of_markdown + of_html

    @property
    def code_spans(self) -> list[tuple[str, int]]:
        """What stands between single backticks, each with its line."""
        return [(child.content, line) for child, line in self._inside() if child.type == "code_inline"]

    @property
    def anchors(self) -> set[str]:
        """What a link into this document may end with, by the rule of code hosts for headings."""
        found = set[str]()
        for heading in self._headings():
            slug = NOT_IN_AN_ANCHOR.sub("", heading.strip().lower()).replace(" ", "-")
            number = 0
            while (numbered := f"{slug}-{number}" if number else slug) in found:
                number += 1
            found.add(numbered)
        return found

    @property
    def tables(self) -> list[Table]:
        """Every table."""
        found, headings, row = list[Table](), dict[int, str](), list[str]()
        for token, following in zip(self._tokens, self._tokens[1:], strict=False):
            if token.type == "heading_open":
                level = int(token.tag[1:])
                headings = {**{above: text for above, text in headings.items() if above < level}}
                headings[level] = following.content
            elif token.type == "table_open":
                found.append(Table(tuple(headings.values()), [], _line(token)))
            elif token.type == "tr_open":
                row = []
                found[-1].rows.append(row)
            elif token.type in {"th_open", "td_open"}:
                row.append(following.content)
        return found

    def _headings(self) -> Iterator[str]:
        for token, following in zip(self._tokens, self._tokens[1:], strict=False):
            if token.type == "heading_open":
                yield "".join(child.content for child in following.children or [])

    def _inside(self) -> Iterator[tuple[Token, int]]:
        for token in self._tokens:
            for child in token.children or []:
                yield child, _line(token)


def read(path: Path) -> Document:
    """One document."""
    return Document(path, path.read_text())


def documents() -> list[Document]:
    """Every document of the tree."""
    return [
        read(path)
        for path in sorted(ROOT.rglob("*.md"))
        if not any(
            part.startswith(".") or part in MADE or part.endswith(".dist-info")
            for part in path.relative_to(ROOT).parts
        )
    ]


def _line(token: Token) -> int:
    return token.map[0] + 1 if token.map else 0
