"""Captions as people store them beside pictures: Flickr8k's token file, a text file a picture. Pure."""

import re
import unicodedata
from collections.abc import Iterable

# `1000268201_693b08cb0e.jpg#0<TAB>A child in a pink dress .` (Hodosh et al. 2013, Flickr8k.token.txt)
_LINE = re.compile(r"(?P<name>.+)#\d+\t(?P<caption>.*)")
MOST_CHARACTERS = 1_000  # of a caption; the gateway refuses longer ones
MOST_CAPTIONS = 32  # of a picture


def of_token_file(text: str) -> dict[str, tuple[str, ...]]:
    """Captions by picture name, in the file's order. A line of another form costs itself only."""
    found: dict[str, list[str]] = {}
    for line in _lines(text):
        parts = _LINE.fullmatch(line.rstrip())
        caption = tidy(parts["caption"]) if parts else ""
        if parts and caption:
            found.setdefault(parts["name"].strip(), []).append(caption)
    return {name: tuple(captions) for name, captions in found.items()}


def first_line(text: str) -> str | None:
    """The first line that says something: where each line is a translation, that is the English one."""
    return next((line for line in map(tidy, _lines(text)) if line), None)


def tidy(caption: str) -> str:
    """One line of single blanks without control characters, within the gateway's limit."""
    visible = "".join(character if character.isprintable() else " " for character in caption)
    return " ".join(visible.split())[:MOST_CHARACTERS].rstrip()


def as_kept(captions: Iterable[str]) -> tuple[str, ...]:
    """`captions` as the gateway keeps them: trimmed, each once, none empty."""
    return tuple(dict.fromkeys(text for text in (caption.strip() for caption in captions) if text))


def visible(text: str) -> str:
    """`text` for a terminal: what could move its cursor or colour it is shown as U+FFFD."""
    return "".join(
        "\N{REPLACEMENT CHARACTER}" if unicodedata.category(character) in {"Cc", "Cf", "Cs"} else character
        for character in text
    )


def _lines(text: str) -> list[str]:
    return text.removeprefix("\ufeff").splitlines()
