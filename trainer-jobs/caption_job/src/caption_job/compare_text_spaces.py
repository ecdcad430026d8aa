"""A table of text spaces, each fitted on the training split and measured on another split's human captions.

    python -m caption_job.compare_text_spaces --prepared PREPARED [--sentences RUN/sentences.json]

prints a row a space, as Markdown: the figures of `text_space_figures` and, where the sentences that
`evaluate` wrote are given, how alike a generated sentence is to the nearest of its picture's captions (of the
test split, whose sentences those are). The validation split is the default: a space that was chosen on the
test split would have been chosen by the pictures that its figures are stated on.
"""

import argparse
import json
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from caption_job import prepared
from caption_job.text_space_figures import figures
from caption_service.text_space import Kind, TextSpace, fit

# Captions of a picture that are compared; pictures with fewer are left out.
CAPTIONS = 5


class Variant(NamedTuple):
    """A text space to try: `document` is what counts as one document when it is fitted."""

    kind: Kind
    directions: int = 0
    term_share: float = 0.5
    document: str = "picture"

    @property
    def title(self) -> str:
        directions = f" {self.directions}" if self.directions else ""
        share = f", w = {self.term_share}" if self.kind == "blend" else ""
        return f"{self.kind}{directions}{share}, a {self.document} a document"


VARIANTS = (
    Variant("blend", 64),
    Variant("tfidf"),
    Variant("lsa", 64),
    Variant("lsa", 64, document="caption"),
    Variant("tfidf", document="caption"),
    Variant("blend", 32),
    Variant("lsa", 32),
    Variant("blend", 64, 0.3),
    Variant("lsa", 256),
    Variant("blend", 256),
)
HEADER = (
    "space", "dimension", "tied at 0", "order (of another)", "far end (of another)", "recall@1 / 5 / 10",
    "own / other", "≥ 0.90", "0.50–0.60", "generated",
)  # fmt: skip


def fitted(data: prepared.Prepared, variant: Variant) -> TextSpace:
    """The variant's space of the training split."""
    captions = [data.pictures[row].cleaned for row in data.rows("train")]
    if variant.document == "picture":
        documents = [" ".join(own) for own in captions]
    else:
        documents = [caption for own in captions for caption in own]
    return fit(
        documents,
        variant.kind,
        variant.directions,
        term_share=variant.term_share,
        cleaning=data.cleaning,
    )


def compared(
    data: prepared.Prepared, variant: Variant, rows: Sequence[int], sentences: Mapping[str, str]
) -> list[str]:
    """The variant's row of the table."""
    space = fitted(data, variant)
    captions = [caption for row in rows for caption in data.pictures[row].cleaned[:CAPTIONS]]
    vectors = space.vectors(captions).reshape(len(rows), CAPTIONS, -1)
    found = figures(vectors)
    return [
        variant.title,
        str(space.dimension),
        f"{found.tied:.3f}",
        f"{found.order:.3f} ({found.order_of_another:.3f})",
        f"{found.far:.3f} ({found.far_of_another:.3f})",
        f"{found.recall_at_1:.3f} / {found.recall_at_5:.3f} / {found.recall_at_10:.3f}",
        f"{found.own:.3f} / {found.other:.3f}",
        f"{100 * found.at_least_090:.3f} %",
        f"{100 * found.in_050_060:.2f} %",
        _likeness(space, vectors, [sentences.get(data.pictures[row].path) for row in rows]),
    ]


def _likeness(space: TextSpace, vectors: NDArray[np.float32], sentences: Sequence[str | None]) -> str:
    """Mean similarity of the given sentences to the nearest of their pictures' captions."""
    told = [place for place, sentence in enumerate(sentences) if sentence is not None]
    if not told:
        return "–"
    generated = space.vectors([sentences[place] or "" for place in told])
    return f"{np.clip((vectors[told] * generated[:, None]).sum(axis=2), 0, 1).max(axis=1).mean():.3f}"


def main(arguments: Sequence[str] | None = None) -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--prepared", type=Path, required=True)
    parser.add_argument("--split", choices=("val", "test"), default="val")
    parser.add_argument("--most", type=int, default=1000, help="pictures of the split that are compared")
    parser.add_argument("--sentences", type=Path, help="what `evaluate` wrote, of the test split's pictures")
    values = parser.parse_args(arguments)
    data = prepared.load(values.prepared)
    sentences = json.loads(values.sentences.read_text()) if values.sentences else {}
    enough = [int(row) for row in data.rows(values.split) if len(data.pictures[row].cleaned) >= CAPTIONS]
    rows = enough[: values.most]
    print(f"{len(rows)} pictures of the {values.split} split, {CAPTIONS} captions each\n")
    for line in (HEADER, ["---"] * len(HEADER)):
        print(f"| {' | '.join(line)} |")
    for variant in VARIANTS:
        began = time.monotonic()
        row = compared(data, variant, rows, sentences)
        print(f"| {' | '.join(row)} |", flush=True)
        print(f"{variant.title}: {time.monotonic() - began:.0f} s", file=sys.stderr)


if __name__ == "__main__":
    main()
