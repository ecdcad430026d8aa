"""Files of human captions, parsed: Flickr8k's token form, COCO's JSON, lists of a split's pictures."""

import json
from collections.abc import Mapping
from typing import Any

Captions = dict[str, list[str]]


def parse_tokens(text: str) -> Captions:
    """`name#i<TAB>caption` lines to the captions of each picture name, in the file's order.

    ValueError, naming the line, on anything else; blank lines are passed over.
    """
    found: Captions = {}
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip():
            continue
        key, tab, caption = line.partition("\t")
        name, mark, index = key.rpartition("#")
        if not (tab and mark and name and index.isdigit()):
            raise ValueError(f"line {number} is not name#number<TAB>caption: {line[:80]!r}")
        found.setdefault(name, []).append(caption.strip())
    return found


def looks_like_tokens(text: str) -> bool:
    """Whether the first line is one of Flickr8k's token form."""
    line = text.lstrip().partition("\n")[0]
    key, tab, _ = line.partition("\t")
    return bool(tab) and key.rpartition("#")[2].isdigit()


def parse_coco(document: Mapping[str, Any]) -> Captions:
    """COCO's `captions_*.json` to the captions of each file name; ValueError where it is none."""
    try:
        names = {image["id"]: image["file_name"] for image in document["images"]}
        found: Captions = {}
        for annotation in document["annotations"]:
            found.setdefault(names[annotation["image_id"]], []).append(annotation["caption"].strip())
    except (KeyError, TypeError) as missing:
        raise ValueError(f"not a COCO caption file: {missing!r}") from missing
    return found


def parse_coco_text(text: str) -> Captions:
    return parse_coco(json.loads(text))


def parse_names(text: str) -> list[str]:
    """One picture name a line."""
    return [line.strip() for line in text.splitlines() if line.strip()]
