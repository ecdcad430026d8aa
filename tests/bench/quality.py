"""Every figure of retrieval and divergence, of both views and of the merge, beside baselines.

    python -m tests.bench.quality [--data DATA] [--seed 1] [--queries 1000]

DATA is Tiny ImageNet (its validation split is taken), Flickr8k (test split), or any folder of pictures;
without it, the sample catalogue of the demo. Writes quality.json, quality.md, quality.png into --out, and the
contract's `farthest.*` into its bench.json.
"""

import argparse
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from caption_service.loading import STARTER as CAPTION_STARTER
from demo.apt import download
from demo.sample_catalogue import sample_pictures
from drml_service.artifact import STARTER as DRML_STARTER
from tests.bench import quality_diversity, quality_figures, quality_lists, quality_report, wordnet
from tests.bench.quality_gallery import Gallery, open_gallery
from tests.bench.quality_lists import Float64, Rows
from tests.bench.quality_views import Embedded, Said, Seen, embedded, said, third

SAMPLE_HOME = Path("var/demo")


@dataclass(frozen=True)
class Knobs:
    """What a run may be told; every figure is written with them."""

    queries: int = 1_000
    listed: int = 5
    triplets: int = 50_000
    limit: int = 0
    seed: int = 1
    threads: int = 2


@dataclass(frozen=True)
class Measured:
    """A gallery from Q queries: each view, the merge, and a third encoder that ranks nothing."""

    gallery: Gallery
    queries: Rows
    drml: Embedded
    caption: Said
    seen: dict[str, Seen]
    shares: dict[str, Float64]
    space: np.ndarray[Any, np.dtype[np.float32]]
    third_shares: Float64


def measure(gallery: Gallery, artifacts: tuple[Path, Path], kept: Path, knobs: Knobs) -> Measured:
    """Encode, or read what was kept, and measure from the queries."""
    kept.mkdir(parents=True, exist_ok=True)
    drml = embedded(gallery, artifacts[0], kept, knobs.threads)
    caption = said(gallery, artifacts[1], kept, knobs.threads)
    space = third(gallery, kept)
    queries = quality_lists.drawn_queries(len(gallery.names), knobs.queries, knobs.seed)
    seen = {"drml": drml.seen(queries), "caption": caption.seen(gallery.names, queries)}
    shares = {name: quality_lists.shares(view.far, queries) for name, view in seen.items()}
    shares["merge"] = (shares["drml"] + shares["caption"]) / 2
    one, other = seen["drml"].adjusted, seen["caption"].adjusted
    both = None if one is None or other is None else (one + other) / 2
    seen["merge"] = Seen(shares["merge"], both)
    apart = quality_lists.in_space(space, queries)
    return Measured(gallery, queries, drml, caption, seen, shares, space, apart)


def lists(measured: Measured, knobs: Knobs) -> dict[tuple[str, str], Rows]:
    """By view and method, the rows (Q, listed) that are returned."""
    found: dict[tuple[str, str], Rows] = {}
    source, vectors = np.random.default_rng(knobs.seed), measured.drml.unit
    for view, shares in measured.shares.items():
        adjusted = measured.seen[view].adjusted
        if adjusted is not None:
            found[view, "corrected"] = quality_lists.corrected(shares, adjusted, knobs.listed)
        found[view, "raw farthest"] = quality_lists.farthest(shares, knobs.listed)
        found[view, "MMR around the nearest"] = quality_lists.around_the_nearest(
            shares, vectors, knobs.listed
        )
    unit = 1 - vectors[measured.queries].astype(np.float64) @ vectors.T.astype(np.float64)
    unit[np.arange(len(measured.queries)), measured.queries] = -1
    found["drml", "L2-normalised farthest"] = quality_lists.farthest(unit, knobs.listed)
    size = len(measured.gallery.names)
    found["none", "random"] = quality_lists.random(measured.queries, size, knobs.listed, source)
    return found


def figures(measured: Measured, knobs: Knobs, nouns: Path) -> list[dict[str, Any]]:
    """Rows of {view, method, figure, value}."""
    queries, labels = measured.queries, np.zeros(0, dtype=np.intp)
    names, between = sorted(set(measured.gallery.classes)), None
    if names:
        labels = np.searchsorted(names, measured.gallery.classes)
        if all(map(wordnet.is_class, names)) and nouns.exists():
            between = wordnet.distances(names, nouns)
    rows: list[dict[str, Any]] = []

    def add(view: str, method: str, found: dict[str, float]) -> None:
        rows.extend(
            {"view": view, "method": method, "figure": key, "value": value} for key, value in found.items()
        )

    for (view, method), picks in lists(measured, knobs).items():
        tables = measured.shares | {"third_encoder": measured.third_shares}
        found = quality_figures.of_lists(picks, tables, measured.space)
        if between is not None:
            found["class_distance"] = quality_figures.mean_class_distance(picks, queries, labels, between)
        add(view, method, found)
    diverse = quality_diversity.figures(
        measured.shares["drml"],
        measured.seen["drml"].adjusted,
        measured.drml.vectors,
        knobs.listed,
        beside={"third_encoder": measured.third_shares},
        space=measured.space,
    )
    rows += quality_diversity.rows(diverse)
    if names:
        for view, shown in measured.seen.items():
            near = quality_figures.of_retrieval(shown.far, queries, labels, knobs.triplets, knobs.seed)
            add(view, "retrieval", near)
    first, second = measured.seen["drml"].far, measured.seen["caption"].far
    add("merge", "views", {"view_correlation": quality_figures.view_correlation(first, second, queries)})
    captions = measured.gallery.captions
    add(
        "caption",
        "sentences",
        quality_figures.generated_against_human(measured.caption.written, captions, measured.caption.vectors),
    )
    add("caption", "from the artifact", dict(measured.caption.manifest.metrics))
    add("drml", "from the artifact", dict(measured.drml.manifest.metrics))
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, help="default: the demo's sample catalogue, fetched")
    parser.add_argument("--out", type=Path, default=Path("build"))
    parser.add_argument("--drml", type=Path, default=DRML_STARTER, help="the artifact's folder")
    parser.add_argument("--caption", type=Path, default=CAPTION_STARTER, help="the artifact's folder")
    parser.add_argument("--nouns", type=Path, default=wordnet.DATA, help="WordNet 3.0's data.noun")
    for name, default in vars(Knobs()).items():
        parser.add_argument(f"--{name}", type=int, default=default)
    values = parser.parse_args()
    knobs = Knobs(**{name: getattr(values, name) for name in vars(Knobs())})
    data = values.data or sample_pictures(SAMPLE_HOME, download)
    gallery = open_gallery(data).chosen(knobs.limit, knobs.seed)
    measured = measure(gallery, (values.drml, values.caption), values.out / "quality-cache", knobs)
    document = {
        "gallery": gallery.title,
        "pictures": len(gallery.names),
        "queries": len(measured.queries),
        "listed": knobs.listed,
        "seed": knobs.seed,
        "artifacts": [measured.drml.manifest.version, measured.caption.manifest.version],
        "figures": figures(measured, knobs, values.nouns),
    }
    quality_report.write(document, values.out)
    print((values.out / "quality.md").read_text())


if __name__ == "__main__":
    main()
