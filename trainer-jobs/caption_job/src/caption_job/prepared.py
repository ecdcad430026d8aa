"""A prepared collection: captions raw and cleaned by picture, and the vocabulary, as files.

captions.json     every picture's path, split, captions as written and cleaned; a fingerprint
vocabulary.json   words in index order
"""

import hashlib
import json
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from caption_job.collection import Split
from caption_service.cleaning import Cleaning
from caption_service.vocabulary import Vocabulary

FORMAT = 1
CAPTIONS, VOCABULARY = "captions.json", "vocabulary.json"

Rows = NDArray[np.int64]


@dataclass(frozen=True)
class Picture:
    """`cleaned[i]` is `captions[i]` as the decoder learns it."""

    path: str
    split: Split
    captions: list[str]
    cleaned: list[str]


@dataclass(frozen=True)
class Prepared:
    """Row numbers are positions in `pictures`; every array of features has its rows in the same order."""

    pictures: list[Picture]
    fingerprint: str
    cleaning: Cleaning
    vocabulary: Vocabulary | None

    @cached_property
    def _splits(self) -> NDArray[np.str_]:
        return np.asarray([picture.split for picture in self.pictures])

    def rows(self, split: Split) -> Rows:
        """Row numbers of a split, ascending."""
        return np.flatnonzero(self._splits == split)

    @property
    def words(self) -> Vocabulary:
        """ValueError for pictures that were prepared without captions."""
        if self.vocabulary is None:
            raise ValueError("these pictures were prepared without captions")
        return self.vocabulary


def seal(directory: Path, data: Prepared) -> None:
    """Writes both files, the captions last: their presence means that the rest is there."""
    directory.mkdir(parents=True, exist_ok=True)
    (directory / CAPTIONS).unlink(missing_ok=True)
    if data.vocabulary is not None:
        (directory / VOCABULARY).write_text(json.dumps(data.vocabulary.to_json()) + "\n")
    document = {
        "format": FORMAT,
        "fingerprint": data.fingerprint,
        "cleaning": data.cleaning,
        "captioned": data.vocabulary is not None,
        "pictures": [asdict(picture) for picture in data.pictures],
    }
    temporary = directory / f"{CAPTIONS}.tmp"
    temporary.write_text(json.dumps(document, ensure_ascii=False))
    temporary.replace(directory / CAPTIONS)


def load(directory: Path) -> Prepared:
    """FileNotFoundError before `prepare` has finished; ValueError for another format's files."""
    document = json.loads((directory / CAPTIONS).read_text())
    if document["format"] != FORMAT:
        raise ValueError(f"prepared format {document['format']}, this code reads {FORMAT}")
    vocabulary = None
    if document["captioned"]:
        vocabulary = Vocabulary.from_json(json.loads((directory / VOCABULARY).read_text()))
    pictures = [Picture(**picture) for picture in document["pictures"]]
    return Prepared(pictures, document["fingerprint"], document["cleaning"], vocabulary)


def fingerprint(pictures: list[Picture], contents: list[str]) -> str:
    """sha256 over paths, splits, captions and each picture's own sha256: equal only for equal data."""
    listed = [
        [picture.path, picture.split, picture.captions, content]
        for picture, content in zip(pictures, contents, strict=True)
    ]
    return hashlib.sha256(json.dumps(listed).encode()).hexdigest()
