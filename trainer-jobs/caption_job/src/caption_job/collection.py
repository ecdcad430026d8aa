"""Collections of captioned pictures: which pictures there are, what people said of them, in which split."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Literal

from caption_job.caption_files import (
    Captions,
    looks_like_tokens,
    parse_coco_text,
    parse_names,
    parse_tokens,
)
from job_kit.sources import Source, hash_share, is_picture

Split = Literal["train", "val", "test", "unused"]
SPLITS: tuple[Split, ...] = ("train", "val", "test")
# Flickr8k's official lists, wherever they lie.
SPLIT_FILES: dict[str, Split] = {
    "Flickr_8k.trainImages.txt": "train",
    "Flickr_8k.devImages.txt": "val",
    "Flickr_8k.testImages.txt": "test",
}
# The lemmatised twin of Flickr8k.token.txt holds other words than people wrote.
_TOKEN_FILE = re.compile(r"^(?!.*lemma).*(\.token|\.token\.txt|captions\.txt)$")
_COCO_FILE = re.compile(r"^captions_(train|val).*\.json$")


@dataclass(frozen=True)
class Entry:
    """One picture: `path` within the source, `captions` as people wrote them."""

    path: str
    split: Split
    captions: tuple[str, ...]


@dataclass(frozen=True)
class Collection:
    """Entries by split, then path; `missing` names what lists name and the source does not hold."""

    entries: tuple[Entry, ...]
    missing: tuple[str, ...]

    def count(self, split: Split) -> int:
        return sum(entry.split == split for entry in self.entries)


def scan(source: Source) -> Collection:
    """Recognises the layout: token files or COCO's JSON anywhere inside, with Flickr8k's lists of splits.

    Without lists: COCO's training file is the training split and its validation pictures are halved; else a
    tenth of the pictures each, chosen by a hash of their names, validate and test. ValueError where there is
    no caption file, or one without a single picture.
    """
    names = sorted(source.names())
    pictures = _by_name(filter(is_picture, names))
    captions: Captions = {}
    coco: dict[str, Split] = {}
    for name in names:
        own = PurePosixPath(name).name
        if own.startswith("._"):
            continue
        if found := _COCO_FILE.match(own):
            part = parse_coco_text(source.read(name).decode())
            coco |= {key: "train" if found[1] == "train" else _half(key) for key in part}
            captions |= part
        elif _TOKEN_FILE.match(own) and looks_like_tokens(text := source.read(name).decode()):
            captions |= parse_tokens(text)
    if not captions:
        raise ValueError("no file of captions: neither name#number<TAB>caption lines nor captions_*.json")
    listed = _listed(source, names)
    missing = {name for name in (*captions, *listed) if name not in pictures or name not in captions}
    entries = [
        Entry(pictures[name], _split(name, listed, coco), tuple(captions[name]))
        for name in captions
        if name not in missing
    ]
    if not entries:
        raise ValueError("none of the captioned pictures is there")
    order = {split: place for place, split in enumerate((*SPLITS, "unused"))}
    entries.sort(key=lambda entry: (order[entry.split], entry.path))
    return Collection(tuple(entries), tuple(sorted(missing)))


def scan_uncaptioned(source: Source) -> Collection:
    """Every picture, without a caption: what an encoder may be distilled on. Pictures below a folder named
    `val` or `test` are marked unused, so that nobody's validation split is learned by accident."""
    entries = [
        Entry(name, "unused" if {"val", "test"} & set(PurePosixPath(name).parts[:-1]) else "train", ())
        for name in sorted(source.names())
        if is_picture(name)
    ]
    if not entries:
        raise ValueError("no pictures")
    return Collection(tuple(entries), ())


def thin(collection: Collection, per_split: int) -> Collection:
    """The first so many entries of each split: for a rehearsal of the whole job."""
    kept = [
        entry for split in SPLITS for entry in [e for e in collection.entries if e.split == split][:per_split]
    ]
    return Collection(tuple(kept), collection.missing)


def _by_name(pictures: Iterable[str]) -> dict[str, str]:
    """Path by full path and by file name alone, as caption files use either."""
    found: dict[str, str] = {}
    for path in pictures:
        found.setdefault(PurePosixPath(path).name, path)
        found[path] = path
    return found


def _listed(source: Source, names: list[str]) -> dict[str, Split]:
    listed: dict[str, Split] = {}
    for name in names:
        split = SPLIT_FILES.get(PurePosixPath(name).name)
        if split is None:
            continue
        for picture in parse_names(source.read(name).decode()):
            if listed.setdefault(picture, split) != split:
                raise ValueError(f"{picture} is listed in two splits: {listed[picture]} and {split}")
    return listed


def _split(name: str, listed: dict[str, Split], coco: dict[str, Split]) -> Split:
    if listed:
        return listed.get(name, "unused")
    if name in coco:
        return coco[name]
    share = hash_share(name)
    return "val" if share < 0.1 else "test" if share < 0.2 else "train"


def _half(name: str) -> Split:
    return "val" if hash_share(name) < 0.5 else "test"
