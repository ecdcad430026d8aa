"""The held-out pictures that figures are taken over, with their classes and what people said of them."""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from caption_job import collection
from demo.folder import list_pictures
from drml_job import datasets
from job_kit.sources import open_source


@dataclass(frozen=True)
class Gallery:
    """Pictures by name; `classes` has one a picture or is empty, `captions` may be empty for some or all."""

    title: str
    names: Sequence[str]
    classes: Sequence[str]
    captions: Sequence[Sequence[str]]
    read: Callable[[str], bytes]

    @property
    def fingerprint(self) -> str:
        """Of the names; the pictures are taken not to change under them."""
        return hashlib.sha256("\n".join([self.title, *self.names]).encode()).hexdigest()[:16]

    def chosen(self, limit: int, seed: int) -> "Gallery":
        """At most `limit` of the pictures, drawn by `seed`; 0 keeps all."""
        if not 0 < limit < len(self.names):
            return self
        rows = np.sort(np.random.default_rng(seed).choice(len(self.names), limit, replace=False)).tolist()
        return Gallery(
            self.title,
            [self.names[row] for row in rows],
            [self.classes[row] for row in rows] if self.classes else [],
            [self.captions[row] for row in rows],
            self.read,
        )


def open_gallery(data: Path) -> Gallery:
    """Tiny ImageNet's validation split, Flickr8k's test split, or every picture of a folder.

    The first two in a directory or a zip file; raises ValueError where nothing fits.
    """
    source = open_source(data)
    names = source.names()
    if any(name.endswith(datasets.ANNOTATIONS) for name in names):
        entries = [entry for entry in datasets.scan(source).entries if entry.split == "val"]
        return Gallery(
            f"{data.stem}, validation split",
            [entry.path for entry in entries],
            [entry.class_name for entry in entries],
            [()] * len(entries),
            source.read,
        )
    if any(Path(name).name in collection.SPLIT_FILES for name in names):
        captioned = [entry for entry in collection.scan(source).entries if entry.split == "test"]
        return Gallery(
            f"{data.stem}, test split",
            [entry.path for entry in captioned],
            [],
            [entry.captions for entry in captioned],
            source.read,
        )
    if not data.is_dir():
        raise ValueError(f"{data} holds neither Tiny ImageNet nor captions with their splits")
    pictures = {picture.image_id: picture for picture in list_pictures(data)}
    classes = [picture.metadata.get("class", "") for picture in pictures.values()]
    return Gallery(
        data.name,
        list(pictures),
        classes if all(classes) else [],
        [picture.captions for picture in pictures.values()],
        lambda name: pictures[name].path.read_bytes(),
    )
