"""Where each figure of the README's tables was measured."""

import json
from functools import cache
from typing import Any

from tests.contract.documents.markdown import ROOT

MEASURED = ROOT / "tests/bench/measured"
Row = tuple[str, ...]  # a source per column; several, parted by "; ", where a cell has several numbers
NEAR, FAR = ("drml/{0}", "drml/untrained_{0}"), "published/report/triplet_accuracy_validation"
SAID = ("caption/greedy_{0}", "caption/beam3_{0}", "distilled/beam3_{0}", "caption/other_{0}")
LISTED = ("distinct", "top_share", "drml_percentile", "caption_percentile", "third_encoder_percentile")


def retrieval(*names: str, report: str = "") -> Row:
    return (*("; ".join(form.format(name) for name in names) for form in NEAR), report)


def listing(view: str, method: str) -> Row:
    return tuple(f"quality/{view}/{method}/{name}" for name in LISTED)


def sentences(name: str, published: str = "") -> Row:
    return (*(form.format(name) for form in SAID), "", published)


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
            "caption/test_token_accuracy", "", "distilled/test_token_accuracy", "",
            "published/report/token_accuracy", "",
        ),
        "loss": ("caption/test_loss", "", "distilled/test_loss", "", "published/report/loss", ""),
        "similarity to the picture's own human captions, mean / best of five": (
            "",
            "caption/test_generated_human; caption/test_generated_human_best",
            "distilled/test_generated_human; distilled/test_generated_human_best",
            "caption/test_generated_other",
            "published/report/generated_human",
            "",
        ),
    },
}  # fmt: skip
# Rows of a table of speeds begin with the name of the figure in backticks; these, from before the figures
# were kept beside the bench, do not.
NOT_KEPT = {
    "ten nearest and ten farthest of one query, times faster",
    "a query, 32 at once, times faster",
    "both ends ÷ one end",
    "queries answered as float64 brute force answers, of 1,000 over four kinds of data",
    "a repeated picture, whole answer",
}


@cache
def sources() -> dict[str, Any]:
    """Every measured figure: of both starters' manifests, of the kept runs, of what others published."""
    quality: dict[str, Any] = {}
    for row in kept("quality")["figures"]:
        quality.setdefault(row["view"], {}).setdefault(row["method"], {})[row["figure"]] = row["value"]
    found = {
        "drml": _starter("drml"),
        "caption": _starter("caption"),
        "distilled": kept("distilled-xception")["figures"],
        "quality": quality,
        "published": json.loads((MEASURED / "published.json").read_text()),
        "bench": {},
    }
    if (MEASURED / "bench.json").exists():
        found["bench"] = {entry["name"]: entry for entry in kept("bench")}
    return found


def kept(name: str) -> Any:
    """What a recorded run measured."""
    return json.loads((MEASURED / f"{name}.json").read_text())["measured"]


def figure(pointer: str) -> float:
    """The figure that a pointer like `drml/recall_at_1` leads to; KeyError where there is none."""
    value: Any = sources()
    for name in pointer.split("/"):
        value = value[name]
    return float(value)


def _starter(kind: str) -> dict[str, float]:
    path = ROOT / f"{kind}-service/src/{kind}_service/starter/manifest.json"
    metrics: dict[str, float] = json.loads(path.read_text())["metrics"]
    return metrics
