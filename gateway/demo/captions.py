"""Captions as people store them beside pictures: Flickr8k's token file, a text file a picture."""

import re

# `1000268201_693b08cb0e.jpg#0<TAB>A child in a pink dress .` (Hodosh et al. 2013, Flickr8k.token.txt)
_TOKEN_LINE = re.compile(r"(?P<name>.+)#\d+\t(?P<caption>.*)")
MAX_CAPTION = 1_000  # characters; the gateway refuses longer ones


def parse_token_file(text: str) -> dict[str, list[str]]:
    """Captions by picture name from lines `name#i<TAB>caption`, in the file's order.

    Other lines are passed over: such files carry stray headers, and a broken line costs one caption only.
    """
    captions: dict[str, list[str]] = {}
    for line in text.removeprefix("\ufeff").splitlines():
        match = _TOKEN_LINE.fullmatch(line.rstrip())
        if match and (caption := _tidy(match["caption"])):
            captions.setdefault(match["name"].strip(), []).append(caption)
    return captions


def first_caption(text: str) -> str | None:
    """The first line of `text` that says something; None if there is none.

    Files that hold a translation per line have the English one first.
    """
    lines = (_tidy(line) for line in text.removeprefix("\ufeff").splitlines())
    return next((line for line in lines if line), None)


def _tidy(caption: str) -> str:
    """`caption` in one line of single blanks, without control characters, within the gateway's limit."""
    visible = "".join(character if character.isprintable() else " " for character in caption)
    return " ".join(visible.split())[:MAX_CAPTION].rstrip()
