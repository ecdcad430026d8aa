"""Preparing: captions cleaned, the vocabulary counted, every picture looked up and assigned to its split.

    python -m caption_job.prepare --data DATA [DATA ...] --prepared PREP [--vocabulary-floor 5] ...

DATA is a folder or zip with Flickr8k.token.txt (or COCO's captions_*.json) and the pictures; several are read
as one. Without DATA, Flickr8k is downloaded into --downloads. The official Flickr8k gives 6,000 training,
1,000 validation and 1,000 test pictures, five captions each; 91 pictures are in no split.
"""

import argparse
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from caption_job import collection, flickr8k, prepared
from caption_service.cleaning import CLEANINGS, clean
from caption_service.vocabulary import Vocabulary
from job_kit.command_line import add_knobs, knobs_from
from job_kit.sources import open_sources


@dataclass(frozen=True)
class Knobs:
    cleaning: str = (
        "default"  # default | report: the report's also drops words of one character, "a" among them
    )
    vocabulary_floor: int = (
        1  # times a word must occur in the training split; the report's 1 keeps every word,
    )
    # 5 leaves a third of Flickr8k's and makes a training step twice as quick
    uncaptioned: bool = False  # every picture there is, for features that an encoder is distilled from
    first: int = 0  # take only so many pictures of each split; 0 = all


def run(data: Sequence[Path], directory: Path, knobs: Knobs) -> prepared.Prepared:
    """Writes and returns what DATA holds; ValueError on a layout that is not recognised."""
    cleaning = next((known for known in CLEANINGS if known == knobs.cleaning), None)
    if cleaning is None:
        raise ValueError(f"cleaning is {' or '.join(CLEANINGS)}, not {knobs.cleaning!r}")
    source = open_sources(data)
    found = collection.scan_uncaptioned(source) if knobs.uncaptioned else collection.scan(source)
    if knobs.first:
        found = collection.thin(found, knobs.first)
    pictures = [
        prepared.Picture(
            entry.path,
            entry.split,
            list(entry.captions),
            [clean(caption, cleaning) for caption in entry.captions],
        )
        for entry in found.entries
    ]
    contents = [hashlib.sha256(source.read(picture.path)).hexdigest() for picture in pictures]
    vocabulary = None
    if not knobs.uncaptioned:
        sentences = (s for picture in pictures if picture.split == "train" for s in picture.cleaned)
        vocabulary = Vocabulary.counted(sentences, knobs.vocabulary_floor)
    result = prepared.Prepared(pictures, prepared.fingerprint(pictures, contents), cleaning, vocabulary)
    prepared.seal(directory, result)
    _print_counts(found, result)
    return result


def _print_counts(found: collection.Collection, result: prepared.Prepared) -> None:
    for split in (*collection.SPLITS, "unused"):
        rows = result.rows(split)
        captions = sum(len(result.pictures[row].captions) for row in rows)
        if len(rows):
            print(f"{split}: {len(rows)} pictures, {captions} captions")
    if result.vocabulary is not None:
        print(f"vocabulary: {result.vocabulary.size} words, special ones included")
    if found.missing:
        print(f"left out, a list names them but picture or caption is missing: {', '.join(found.missing)}")


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, nargs="+", help="default: Flickr8k, downloaded")
    parser.add_argument("--prepared", type=Path, required=True)
    flickr8k.add_options(parser)
    add_knobs(parser, Knobs())
    values = parser.parse_args()
    data = values.data or flickr8k.download(values.downloads, values.sha256)
    run(data, values.prepared, knobs_from(values, Knobs()))


if __name__ == "__main__":
    main()
