"""Collections of class-labelled pictures: which pictures there are, of what class, in which split.

Two layouts are recognised, each in a directory or in a zip file, at its top or one folder down:

- Tiny ImageNet's official one: `train/<wnid>/images/*.JPEG`, `val/images/*.JPEG`, `val/val_annotations.txt`.
  The full set has 200 classes, 100,000 training and 10,000 validation pictures. `test/` has no labels and is
  left out.
- Any folder of class folders: the first folder below the top is the class, deeper ones do not matter. A fixed
  share of the pictures, chosen by a hash of their paths, is the validation split.
"""

from collections import Counter
from dataclasses import dataclass, replace
from typing import Literal

from job_kit.sources import Source, hash_share, is_picture

# `unused` marks pictures that a step must not touch, as tuning does with the true validation split.
Split = Literal["train", "val", "unused"]

ANNOTATIONS = "val/val_annotations.txt"
# A triplet takes two pictures of one class.
_OF_A_CLASS = 2


@dataclass(frozen=True)
class Entry:
    """One picture; `path` is posix and relative to the source."""

    path: str
    class_name: str
    split: Split


@dataclass(frozen=True)
class Collection:
    """Entries, training first, each split by path; `titles` gives a readable name for a class where one is
    known."""

    entries: tuple[Entry, ...]
    titles: dict[str, str]

    @property
    def classes(self) -> tuple[str, ...]:
        return tuple(sorted({entry.class_name for entry in self.entries}))

    def count(self, split: Split) -> int:
        return sum(entry.split == split for entry in self.entries)


def scan(source: Source, validation_share: float = 0.1) -> Collection:
    """Recognises the layout; ValueError where no class-labelled picture is found.

    `validation_share` is used only where the layout has no validation split of its own.
    """
    names = sorted(source.names())
    marker = next((name for name in names if name == ANNOTATIONS or name.endswith("/" + ANNOTATIONS)), None)
    if marker is not None:
        collection = _tiny_imagenet(source, names, marker.removesuffix(ANNOTATIONS))
    else:
        collection = _class_folders(names, validation_share)
    if not collection.entries:
        raise ValueError("no pictures in class folders, and not Tiny ImageNet's layout either")
    return collection


def thin(collection: Collection, per_split: int) -> Collection:
    """At most so many entries of each split, taken from the classes in turn: for a rehearsal of the whole
    job. Classes that can give triplets in both splits come first.
    """
    counts = Counter((entry.class_name, entry.split) for entry in collection.entries)
    fewest = {
        name: min(counts[name, "train"], counts[name, "val"], _OF_A_CLASS) for name in collection.classes
    }
    classes = sorted(fewest, key=lambda name: -fewest[name])  # a stable sort: by name among equals
    classes = sorted(classes[: max(2, per_split // 8)])  # eight of a class: enough for a P x K batch
    kept: list[Entry] = []
    for split in ("train", "val"):
        by_class = {name: [e for e in collection.entries if e.split == split and e.class_name == name]
                    for name in classes}  # fmt: skip
        share = max(_OF_A_CLASS, per_split // len(classes))
        kept += [entry for name in classes for entry in by_class[name][:share]]
    return Collection(tuple(kept), collection.titles)


def _tiny_imagenet(source: Source, names: list[str], root: str) -> Collection:
    labels: dict[str, str] = {}
    for line in source.read(root + ANNOTATIONS).decode().splitlines():
        file_name, wnid = line.split("\t")[:2]
        labels[f"{root}val/images/{file_name}"] = wnid
    train_root = root + "train/"
    pictures = [name for name in names if is_picture(name)]
    train = [
        Entry(n, n[len(train_root) :].split("/", 1)[0], "train") for n in pictures if n.startswith(train_root)
    ]
    # A part of the set may hold fewer classes in train than in val; a class never trained on is still a valid
    # gallery.
    val = [Entry(name, labels[name], "val") for name in pictures if name in labels]
    return Collection((*train, *val), _titles(source, names, root))


def _titles(source: Source, names: list[str], root: str) -> dict[str, str]:
    if root + "words.txt" not in names:
        return {}
    lines = source.read(root + "words.txt").decode().splitlines()
    return {wnid: words.split(",")[0] for wnid, words in (line.split("\t", 1) for line in lines)}


def _class_folders(names: list[str], validation_share: float) -> Collection:
    pictures = [name for name in names if is_picture(name) and "/" in name]
    tops = {name.split("/", 1)[0] for name in pictures}
    # A zip often has one wrapping folder around the class folders; one class alone could not be ranked
    # anyway.
    skip = 1 if len(tops) == 1 and all(name.count("/") >= 2 for name in pictures) else 0
    entries = [
        Entry(n, n.split("/")[skip], "val" if hash_share(n) < validation_share else "train") for n in pictures
    ]
    if entries and not _rankable(entries):
        entries = _held_back_of_each(entries, validation_share)
    if entries and not _rankable(entries):
        raise ValueError(
            "too few pictures: this needs at least two class folders with four pictures each, two to learn "
            "from and two to measure with"
        )
    return Collection(tuple(sorted(entries, key=lambda entry: (entry.split, entry.path))), {})


def _rankable(entries: list[Entry]) -> bool:
    """Whether each split can give triplets: two pictures of one class, one of another."""
    sizes = [
        Counter(entry.class_name for entry in entries if entry.split == split) for split in ("train", "val")
    ]
    return all(len(size) >= 2 and max(size.values()) >= _OF_A_CLASS for size in sizes)


def _held_back_of_each(entries: list[Entry], share: float) -> list[Entry]:
    """Few pictures: a share by hash of all of them may leave a split without triplets, so of each class the
    first by hash are held back, two at least where two are left. Adding pictures may then move others."""
    kept: list[Entry] = []
    for name in {entry.class_name for entry in entries}:
        own = sorted((e for e in entries if e.class_name == name), key=lambda e: hash_share(e.path))
        held = max(_OF_A_CLASS, round(share * len(own))) if len(own) >= 2 * _OF_A_CLASS else 0
        kept += [replace(e, split="val" if rank < held else "train") for rank, e in enumerate(own)]
    return kept
