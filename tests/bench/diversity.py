"""What `diversity` does to the picks, alone: the rows of `make quality` that say so, made or made again.

    python -m tests.bench.diversity --data DATA [--into build/quality.json] [--queries 1000] [--seed 1]

DATA as for `tests.bench.quality`, whose encodings in build/quality-cache are read where they are; no sentence
is needed. Rows of an earlier run in --into are replaced, and `recorded` says when these were measured; a file
of another gallery, artifact or choice of queries is left alone.
"""

import argparse
import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from demo.apt import download
from demo.sample_catalogue import sample_pictures
from drml_service.artifact import STARTER
from tests.bench import quality_diversity, quality_lists
from tests.bench.origin import commit, machine
from tests.bench.quality import SAMPLE_HOME, Knobs
from tests.bench.quality_gallery import Gallery, open_gallery
from tests.bench.quality_views import Embedded, embedded, third

Json = dict[str, Any]
PREFIX = "diversity "
SAME = ("gallery", "pictures", "queries", "listed", "seed")


def measure(gallery: Gallery, view: Embedded, kept: Path, knobs: Knobs) -> tuple[Json, Mapping[str, Any]]:
    """What the run is of, as in quality.json, and the figures by method."""
    queries = quality_lists.drawn_queries(len(gallery.names), knobs.queries, knobs.seed)
    seen, space = view.seen(queries), third(gallery, kept)
    figures = quality_diversity.figures(
        quality_lists.shares(seen.far, queries),
        seen.adjusted,
        view.vectors,
        knobs.listed,
        beside={"third_encoder": quality_lists.in_space(space, queries)},
        space=space,
    )
    made_of = {
        "gallery": gallery.title,
        "pictures": len(gallery.names),
        "queries": len(queries),
        "listed": knobs.listed,
        "seed": knobs.seed,
        "artifacts": [view.manifest.version],
    }
    return made_of, figures


def together(document: Json, made_of: Json, rows: Sequence[Json]) -> Json:
    """`document`, a run of `make quality`, with these rows in the place of its own about diversity.

    Raises ValueError where the two are not of the same pictures, queries and artifact.
    """
    other = [name for name in SAME if document[name] != made_of[name]]
    if other or made_of["artifacts"][0] not in document["artifacts"]:
        raise ValueError(f"the file holds a run of another {', '.join(other) or 'artifact'}")
    left = [row for row in document["figures"] if not row["method"].startswith(PREFIX)]
    return {**document, "figures": [*left, *rows]}


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, help="default: the demo's sample catalogue, fetched")
    parser.add_argument("--into", type=Path, help="default: quality.json in --out")
    parser.add_argument("--out", type=Path, default=Path("build"))
    parser.add_argument("--drml", type=Path, default=STARTER, help="the artifact's folder")
    for name in ("queries", "listed", "seed", "threads"):
        parser.add_argument(f"--{name}", type=int, default=vars(Knobs())[name])
    values = parser.parse_args(arguments)
    knobs = Knobs(values.queries, values.listed, seed=values.seed, threads=values.threads)
    gallery = open_gallery(values.data or sample_pictures(SAMPLE_HOME, download))
    kept = values.out / "quality-cache"
    kept.mkdir(parents=True, exist_ok=True)
    made_of, found = measure(gallery, embedded(gallery, values.drml, kept, knobs.threads), kept, knobs)
    rows = quality_diversity.rows(found)
    into = values.into or values.out / "quality.json"
    document = json.loads(into.read_text()) if into.exists() else {**made_of, "figures": []}
    if "measured" in document:  # a kept run
        document["measured"] = together(document["measured"], made_of, rows)
        where = {"date": datetime.now(UTC).date().isoformat(), "commit": commit(), "machine": machine()}
        document["recorded"]["apart"] = {"diversity": where}
    else:
        document = together(document, made_of, rows)
    into.write_text(json.dumps(document, indent=1, ensure_ascii=False) + "\n")
    print(json.dumps(found, indent=1), quality_diversity.verdict(found), sep="\n\n")


if __name__ == "__main__":
    main()
