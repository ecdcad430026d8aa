"""How far the two views agree about a gallery: query by query, and about what is returned.

    python -m tests.bench.agreement [--data DATA] [--out build] [--seed 1] [--queries 1000]

DATA as for `make quality`, whose kept encodings it reads where they are. Writes agreement.json into --out: a
histogram of the rank correlation between the views' distances, a query at a time, and the share of pictures
that both views put on the same side of the middle (the contract's `agreement`).
"""

import argparse
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from scipy.stats import rankdata

from caption_service.loading import STARTER as CAPTION_STARTER
from demo.apt import download
from demo.sample_catalogue import sample_pictures
from drml_service.artifact import STARTER as DRML_STARTER
from tests.bench.quality import SAMPLE_HOME, Knobs, lists, measure
from tests.bench.quality_gallery import open_gallery
from tests.bench.quality_lists import Float64, Rows

EDGES = np.linspace(-1, 1, 41)  # of the histogram: steps of 0.05
QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)
SHOWN = (("merge", "corrected"), ("merge", "raw farthest"), ("drml", "corrected"), ("caption", "corrected"))


def correlations(first: Float64, second: Float64, queries: Rows) -> Float64:
    """(Q,): rank correlation of two views' distances (Q, N) without own entries; 0 where one is all ties."""
    found = np.zeros(len(queries))
    for place, own in enumerate(queries):
        one, other = rankdata(np.delete(first[place], own)), rankdata(np.delete(second[place], own))
        if min(np.ptp(one), np.ptp(other)) > 0:
            found[place] = np.corrcoef(one, other)[0, 1]
    return found


def agreeing(first: Float64, second: Float64) -> Float64:
    """1 where two views' percentiles, of any shape, lie on the same side of 0.5, which is on both; else 0."""
    least, most = np.minimum(first, second), np.maximum(first, second)
    same: Float64 = ((least >= 0.5) | (most <= 0.5)).astype(np.float64)
    return same


def figures(
    far: tuple[Float64, Float64],
    shares: tuple[Float64, Float64],
    queries: Rows,
    picks: Mapping[str, Rows],
) -> dict[str, Any]:
    """Of two views: distances and percentiles (Q, N), own ones −1; lists (Q, n) by name."""
    found = correlations(*far, queries)
    same, own = agreeing(*shares), shares[0] < 0
    counts, _ = np.histogram(found, EDGES)
    return {
        "correlation": {
            "mean": float(found.mean()),
            "quantiles": {str(q): float(np.quantile(found, q)) for q in QUANTILES},
            "edges": [round(float(edge), 2) for edge in EDGES],
            "queries": counts.tolist(),
        },
        "agreeing": {
            "every picture": float(same[~own].mean()),
            **{name: float(np.take_along_axis(same, rows, axis=1).mean()) for name, rows in picks.items()},
        },
    }


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, help="default: the demo's sample catalogue, fetched")
    parser.add_argument("--out", type=Path, default=Path("build"))
    parser.add_argument("--drml", type=Path, default=DRML_STARTER, help="the artifact's folder")
    parser.add_argument("--caption", type=Path, default=CAPTION_STARTER, help="the artifact's folder")
    for name in ("queries", "seed", "threads"):
        parser.add_argument(f"--{name}", type=int, default=vars(Knobs())[name])
    values = parser.parse_args(arguments)
    knobs = Knobs(queries=values.queries, seed=values.seed, threads=values.threads)
    gallery = open_gallery(values.data or sample_pictures(SAMPLE_HOME, download))
    measured = measure(gallery, (values.drml, values.caption), values.out / "quality-cache", knobs)
    listed = lists(measured, knobs)
    document = {
        "gallery": gallery.title,
        "pictures": len(gallery.names),
        "queries": len(measured.queries),
        "listed": knobs.listed,
        "seed": knobs.seed,
        "artifacts": [measured.drml.manifest.version, measured.caption.manifest.version],
        "figures": figures(
            (measured.seen["drml"].far, measured.seen["caption"].far),
            (measured.shares["drml"], measured.shares["caption"]),
            measured.queries,
            {f"{view}: {method}": listed[view, method] for view, method in SHOWN if (view, method) in listed}
            | {"random": listed["none", "random"]},
        ),
    }
    (values.out / "agreement.json").write_text(json.dumps(document, indent=1) + "\n")
    print(json.dumps(document["figures"], indent=1))


if __name__ == "__main__":
    main()
