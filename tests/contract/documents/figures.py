"""Where the figures that documents print in tables were measured."""

import json
from functools import cache
from typing import Any

from tests.bench.record import MEASURED, kept
from tests.contract.documents.markdown import ROOT

Row = tuple[str, ...]  # a source per column; several, parted by "; ", where a cell has several numbers
NEAR, FAR = ("drml/{0}", "drml/untrained_{0}"), "published/report/triplet_accuracy_validation"
SAID = ("caption/greedy_{0}", "caption/beam3_{0}", "distilled-xception/beam3_{0}", "caption/other_{0}")
SEEN_BY = ("drml_percentile", "caption_percentile", "third_encoder_percentile")
LISTED = ("distinct", "top_share", *SEEN_BY)
WEIGHED = (*LISTED, "class_distance", "intra_list_min")


def retrieval(*names: str, report: str = "") -> Row:
    return (*("; ".join(form.format(name) for name in names) for form in NEAR), report)


def listing(view: str, method: str, names: Row = LISTED, run: str = "quality") -> Row:
    return tuple(f"{run}/{view}/{method}/{name}" for name in names)


def sentences(name: str, published: str = "") -> Row:
    return (*(form.format(name) for form in SAID), "", published)


def spread(arm: str = "") -> Row:
    """Of lists at λ = 0, 0.5 and 1, as `quality_diversity` calls the arm."""
    none, half, whole = (f"quality/drml/diversity {number}{arm}" for number in ("0", "0.5", "1"))
    apart = (f"{none}/least_distance", f"{half}/least_distance", f"{whole}/least_distance")
    far = (f"{none}/drml_percentile", f"{half}/drml_percentile", f"{whole}/drml_percentile")
    return (*apart, f"{whole}/least_distance_ratio", *far, f"{whole}/lowest_percentile")


def grown(*names: str) -> dict[str, Row]:
    """A row for each size of `search_scaling`."""
    return {
        f"{count:,}": tuple(f"scaling/{count}/{name}" for name in names)
        for count in (10_000, 100_000, 1_000_000)
    }


# By a table's first row, then by the first cell of each of its rows.
TABLES: dict[Row, dict[str, Row]] = {
    ("figure", "starter", "untrained", "the report"): {
        "triplet accuracy": retrieval("triplet_accuracy", report=FAR),
        "recall@1 / @5 / @10": retrieval("recall_at_1", "recall_at_5", "recall_at_10"),
        "mAP@10": retrieval("map_at_10"),
        "score-at-top-30 (right minus wrong), of the triplets it counts": retrieval(
            "score_at_top_30", "score_at_top_30_triplets"
        ),
        "distinct pictures among the 5 raw farthest, of 5,000 possible": retrieval("farthest_distinct"),
        "share of those lists that hold the most frequent picture": retrieval("farthest_top_share"),
        "mean distance percentile of the 5 raw farthest": retrieval("farthest_mean_percentile"),
    },
    (
        "list",
        "distinct, of 5,000",
        "most frequent picture is in",
        "mean percentile, looks",
        "words",
        "a third encoder that ranked nothing",
    ): {
        "looks, corrected": listing("drml", "corrected"),
        "looks, raw": listing("drml", "raw farthest"),
        "words, corrected": listing("caption", "corrected"),
        "words, raw": listing("caption", "raw farthest"),
        "both views, corrected": listing("merge", "corrected"),
        "both views, raw": listing("merge", "raw farthest"),
        "random": listing("none", "random"),
    },
    # In correction.md.
    (
        "list",
        "distinct",
        "top share",
        "percentile: DRML",
        "caption",
        "third encoder",
        "class distance",
        "least distance inside a list",
    ): {
        "DRML, corrected": listing("drml", "corrected", WEIGHED),
        "DRML, raw farthest (so too with L2-normalised embeddings)": listing("drml", "raw farthest", WEIGHED),
        "caption, corrected": listing("caption", "corrected", WEIGHED),
        "caption, raw farthest": listing("caption", "raw farthest", WEIGHED),
        "merge, corrected: what `/divergent` returns": listing("merge", "corrected", WEIGHED),
        "merge, raw farthest": listing("merge", "raw farthest", WEIGHED),
        "merge, MMR among the 100 nearest": listing("merge", "MMR around the nearest", WEIGHED),
        "random": listing("none", "random", WEIGHED),
    },
    ("list", "distinct", "top share", "percentile: DRML", "caption", "third encoder"): {
        "DRML, corrected": listing("drml", "corrected", run="quality-flickr8k"),
        "DRML, raw farthest": listing("drml", "raw farthest", run="quality-flickr8k"),
        "caption, corrected": listing("caption", "corrected", run="quality-flickr8k"),
        "caption, raw farthest": listing("caption", "raw farthest", run="quality-flickr8k"),
        "merge, corrected": listing("merge", "corrected", run="quality-flickr8k"),
        "merge, raw farthest": listing("merge", "raw farthest", run="quality-flickr8k"),
        "random": listing("none", "random", run="quality-flickr8k"),
    },
    # In the gateway's README.
    (
        "5 picks of 1,000 queries",
        "least distance, λ = 0",
        "0.5",
        "1",
        "times",
        "mean percentile, λ = 0",
        "0.5",
        "1",
        "lowest list, λ = 1",
    ): {
        "corrected, the default pool of 500": spread(),
        "corrected, a pool of 50": spread(", pool of 50"),
        "raw, a pool of 50": spread(", raw, pool of 50"),
    },
    # In search.md.
    (
        "vectors", "both ends, ms", "vectors, MB", "codes, MB", "the whole process, MB", "put in, s",
        "codes read, GB/s", "share of what memory gives",
    ): grown(
        "both_ends_ms", "vectors_mb", "codes_mb", "resident_mb", "build_s", "codes_gb_s", "of_memory_speed"
    ),
    (
        "vectors", "quiet, ms: middle", "slowest hundredth", "slowest", "while adding: middle",
        "slowest hundredth", "slowest", "added a second",
    ): grown(
        *(
            f"adding_with_the_network/{turn}/with_two_cores_ms/{place}"
            for turn in ("quiet", "meanwhile")
            for place in ("median", "p99", "worst")
        ),
        "adding_with_the_network/added_a_second",
    ),
    (
        "figure",
        "starter, greedy",
        "beam 3",
        "distilled Xception, beam 3",
        "another picture's sentence",
        "the report",
        "published",
    ): {
        "BLEU-1": sentences("bleu_1"),
        "BLEU-4": sentences("bleu_4", "published/tanti_merge/bleu_4; published/hard_attention/bleu_4"),
        "CIDEr-D": sentences("cider_d", "published/tanti_merge/cider_d"),
        "token accuracy": (
            "caption/test_token_accuracy", "", "distilled-xception/test_token_accuracy", "",
            "published/report/token_accuracy", "",
        ),
        "loss": (
            "caption/test_loss", "", "distilled-xception/test_loss", "", "published/report/loss", "",
        ),
        "similarity to the picture's own human captions, mean / best of five": (
            "",
            "caption/test_generated_human; caption/test_generated_human_best",
            "distilled-xception/test_generated_human; distilled-xception/test_generated_human_best",
            "caption/test_generated_other",
            "published/report/generated_human",
            "",
        ),
    },
}  # fmt: skip


@cache
def sources() -> dict[str, Any]:
    """Every measured figure: of both starters' manifests, of the kept runs by their files' names, of what
    others published."""
    found: dict[str, Any] = {
        "published": json.loads((MEASURED / "published.json").read_text()),
        "drml": _starter("drml")["metrics"],
        "caption": _starter("caption")["metrics"],
        "drift": {kind: _starter(kind)["drift"] for kind in ("drml", "caption")},
    }
    for name, run in kept().items():
        file, parted, part = name.partition("/")
        if parted:
            found.setdefault(file, {})[part] = _by_name(run["measured"])
        else:
            found[file] = _by_name(run["measured"])
    return found


def figure(pointer: str) -> float:
    """The figure that a pointer like `drml/recall_at_1` leads to; KeyError where there is none."""
    value: Any = sources()
    for name in pointer.split("/"):
        value = value[name]
    return float(value)


def _by_name(measured: Any) -> Any:
    """A run's figures as a tree of names: the bench's entries, the rows of `make quality`, or as it is."""
    if isinstance(measured, list):
        return {entry["name"]: entry for entry in measured}
    figures = measured.get("figures", measured)
    if not isinstance(figures, list):
        return figures
    tree: dict[str, Any] = {}
    for row in figures:
        tree.setdefault(row["view"], {}).setdefault(row["method"], {})[row["figure"]] = row["value"]
    return tree


def _starter(kind: str) -> dict[str, Any]:
    path = ROOT / f"{kind}-service/src/{kind}_service/starter/manifest.json"
    manifest: dict[str, Any] = json.loads(path.read_text())
    return manifest
