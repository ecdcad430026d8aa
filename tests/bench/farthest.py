"""`farthest.*`: what the five farthest of 1,000 queries are like, corrected and raw, by the DRML view alone.

    python -m tests.bench.farthest [--data DATA] [--out build] [--queries 1000] [--seed 1] [--threads 2]

The same figures, of the same queries, as `tests.bench.quality` writes beside everything else it measures:
over the validation split of Tiny ImageNet where DATA is that, without DATA over the demo's sample catalogue.
Vectors are kept in build/quality-cache, so that a second run is quick. Writes into bench.json.
"""

import argparse
import sys
from pathlib import Path
from typing import Any

from demo.apt import download
from demo.sample_catalogue import sample_pictures
from drml_service.artifact import STARTER
from tests.bench import quality_figures, quality_lists
from tests.bench.bench_file import finish
from tests.bench.quality import SAMPLE_HOME
from tests.bench.quality_gallery import Gallery, open_gallery
from tests.bench.quality_report import contract_entries
from tests.bench.quality_views import Embedded, embedded

LISTED = 5


def measure(gallery: Gallery, view: Embedded, count: int, seed: int) -> list[dict[str, Any]]:
    """The contract's three entries. Raises ValueError for an artifact that brings no correction."""
    queries = quality_lists.drawn_queries(len(gallery.names), count, seed)
    seen = view.seen(queries)
    if seen.adjusted is None:
        raise ValueError("the artifact has no reference sample, so nothing to correct by")
    shares = quality_lists.shares(seen.far, queries)
    lists = {
        "corrected": quality_lists.corrected(shares, seen.adjusted, LISTED),
        "raw farthest": quality_lists.farthest(shares, LISTED),
    }
    figures = [
        {"view": "drml", "method": method, "figure": name, "value": value}
        for method, picks in lists.items()
        for name, value in quality_figures.of_lists(picks, {"drml": shares}, view.unit).items()
    ]
    return contract_entries(
        {
            "gallery": gallery.title,
            "pictures": len(gallery.names),
            "queries": len(queries),
            "listed": LISTED,
            "seed": seed,
            "artifacts": [view.manifest.version],
            "figures": figures,
        }
    )


def main() -> int:
    """Measure, write, print."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--data", type=Path, help="default: the demo's sample catalogue, fetched")
    parser.add_argument("--out", type=Path, default=Path("build"))
    parser.add_argument("--drml", type=Path, default=STARTER, help="the artifact's folder")
    parser.add_argument("--queries", type=int, default=1_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--threads", type=int, default=2)
    asked = parser.parse_args()
    gallery = open_gallery(asked.data or sample_pictures(SAMPLE_HOME, download))
    kept = asked.out / "quality-cache"
    kept.mkdir(parents=True, exist_ok=True)
    view = embedded(gallery, asked.drml, kept, asked.threads)
    return finish(measure(gallery, view, asked.queries, asked.seed), asked.out)


if __name__ == "__main__":
    sys.exit(main())
