"""The report's tables, out of the inputs. Pure."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from tests.bench.report.inputs import Artifact, Inputs

VIEWS = {"drml": "looks", "caption": "words", "merge": "both views", "none": ""}
LISTS = {
    "distinct": "distinct pictures",
    "possible": "of possible",
    "top_share": "most frequent picture is in",
    "drml_percentile": "percentile, looks",
    "caption_percentile": "percentile, words",
    "third_encoder_percentile": "percentile, a third encoder",
    "intra_list_mean": "distance in a list, mean",
    "intra_list_min": "distance in a list, least",
    "class_distance": "distance of classes",
}
NEAR = {
    "triplet_accuracy": "triplet accuracy",
    "recall_at_1": "recall@1",
    "recall_at_5": "recall@5",
    "recall_at_10": "recall@10",
    "map_at_10": "mAP@10",
    "score_at_top_30": "score-at-top-30",
    "score_at_top_30_triplets": "of triplets",
}
SENTENCES = {
    "bleu_1": "BLEU-1",
    "bleu_2": "BLEU-2",
    "bleu_3": "BLEU-3",
    "bleu_4": "BLEU-4",
    "rouge_l": "ROUGE-L",
    "cider_d": "CIDEr-D",
}
SHARES = {"top_share"}


@dataclass(frozen=True)
class Table:
    """Rows of cells below a row of heads; the first cell of a row names it."""

    heads: list[str]
    rows: list[list[str]]


def against_the_report(inputs: Inputs) -> Table:
    """What the student report states, beside ours."""
    drml, caption = inputs.artifacts["drml"], inputs.artifacts["caption"]
    told = inputs.published["report"]
    speed = _entry(inputs.bench, "caption.ms")
    seconds = "–".join(f"{value:g}" for value in told["caption_seconds"])
    rows = [
        ["triplet accuracy, validation", f"just under {told['triplet_accuracy_validation']}",
         shown(drml.figure("triplet_accuracy")), "every validation picture, random out-of-class triplets"],
        ["triplet accuracy, training", f"over {told['triplet_accuracy_training']}",
         shown(_last(drml, "train_triplet_accuracy")), "the last epoch's watched triplets"],
        ["token accuracy", shown(told["token_accuracy"]), shown(caption.figure("test_token_accuracy")),
         "Flickr8k's test split"],
        ["loss", shown(told["loss"]), shown(caption.figure("test_loss")), "Flickr8k's test split"],
        ["one caption", f"{seconds} s", "–" if speed is None else f"{shown(speed['value'])} ms",
         "picture in, sentence out"],
        ["generated against human captions", f"above {told['generated_human']:.2f}",
         shown(caption.figure("test_generated_human")),
         f"two human captions of one picture: {shown(caption.figure('test_human_human'))}"],
        ["relevant of the ten most similar", shown(told["relevant_of_ten"]),
         shown(caption.figure("test_sharing_at_10")),
         f"here: share a content word; random: {shown(caption.figure('test_random_sharing_at_10'))}"],
    ]  # fmt: skip
    return Table(["figure", "the report", "ours", "how ours is meant"], rows)


def retrieval(inputs: Inputs) -> Table:
    """The DRML artifact's figures beside an untrained network's, and each view's over the gallery."""
    drml = inputs.artifacts["drml"]
    columns = {"artifact": drml.manifest.metrics, "untrained": _untrained(drml)}
    columns |= {
        VIEWS[view]: found for (view, method), found in lists_of(inputs).items() if method == "retrieval"
    }
    heads = [
        "figure",
        "artifact, all queries",
        "untrained",
        *(f"{name}, gallery" for name in list(columns)[2:]),
    ]
    rows = [[title, *(shown(found.get(name)) for found in columns.values())] for name, title in NEAR.items()]
    return Table(heads, rows)


def sentences(inputs: Inputs) -> Table:
    """What the sentences are worth, beside published ones."""
    caption = inputs.artifacts["caption"]
    merge, attention = inputs.published["tanti_merge"], inputs.published["hard_attention"]
    rows = []
    for name, title in SENTENCES.items():
        ours = [shown(caption.figure(f"{arm}_{name}")) for arm in ("greedy", "beam3", "beam5", "other")]
        rows.append([title, *ours, shown(merge.get(name)), shown(attention.get(name))])
    return Table(
        ["figure", "greedy", "beam 3", "beam 5", "another picture's", "Tanti's merge", "hard attention"], rows
    )


def divergence(inputs: Inputs) -> Table:
    """Every kind of list: what it covers, how far its pictures are."""
    found = {key: row for key, row in lists_of(inputs).items() if "distinct" in row}
    names = [name for name in LISTS if any(name in row for row in found.values())]
    rows = [
        [
            f"{VIEWS[view]}: {method}" if VIEWS[view] else method,
            *(shown(row.get(name), percent=name in SHARES) for name in names),
        ]
        for (view, method), row in found.items()
    ]
    return Table(["list", *(LISTS[name] for name in names)], rows)


def hubs(inputs: Inputs) -> dict[str, list[tuple[str, float, float]]]:
    """Raw and corrected, by what is measured: a row for each view that has both."""
    found = lists_of(inputs)
    charts: dict[str, list[tuple[str, float, float]]] = {}
    for name, title in (
        ("distinct", "distinct pictures in all lists"),
        ("top_share", "share of lists with the most frequent picture"),
    ):
        rows = [
            (VIEWS[view], found[view, "raw farthest"][name], found[view, "corrected"][name])
            for view in ("drml", "caption", "merge")
            if (view, "corrected") in found and (view, "raw farthest") in found
        ]
        if rows:
            charts[title] = rows
    return charts


def speeds(inputs: Inputs) -> Table:
    """The bench's figures beside what is asked."""
    asked, smaller = inputs.published["asked"], set(inputs.published["smaller_is_better"])
    rows = []
    for entry in sorted(inputs.bench, key=lambda entry: str(entry["name"])):
        name, bound = entry["name"], asked.get(entry["name"])
        unit = {"x": "×", "share": ""}.get(entry["unit"], f" {entry['unit']}")
        met = "" if bound is None else _met(entry["value"], bound, smaller=name in smaller)
        limits = ", ".join(f"{name} {shown(value)}" for name, value in limits_in(entry["detail"]))
        rows.append([
            name, f"{shown(entry['value'])}{unit}", shown(entry["baseline"]), shown(entry["ours"]),
            shown(bound), met, limits,
        ])  # fmt: skip
    return Table(["figure", "measured", "the other arm", "ours", "asked", "", "limits"], rows)


def limits_in(detail: Any, place: str = "") -> Iterator[tuple[str, float]]:
    """The numbers of an entry's details, however deep, whose names speak of a limit or a peak."""
    if isinstance(detail, dict):
        for key, value in detail.items():
            yield from limits_in(value, f"{place} {key}".strip())
    elif isinstance(detail, list):
        for value in detail:
            yield from limits_in(value, place)
    elif isinstance(detail, int | float) and any(word in place for word in ("limit", "peak")):
        yield place.replace("_", " "), float(detail)


def lists_of(inputs: Inputs) -> dict[tuple[str, str], dict[str, float]]:
    """The figures of `make quality` by view and method."""
    found: dict[tuple[str, str], dict[str, float]] = {}
    for row in inputs.quality["figures"] if inputs.quality else []:
        found.setdefault((row["view"], row["method"]), {})[row["figure"]] = row["value"]
    return found


def shown(value: Any, *, percent: bool = False) -> str:
    """A figure as people read it; a dash where there is none."""
    if not isinstance(value, int | float):
        return "–" if value is None else str(value)
    if percent:
        return f"{100 * value:.1f} %"
    size = abs(value)
    if size >= 100 or (size > 1 and value == int(value)):
        return f"{value:,.0f}"
    if size >= 10 or 0 < size < 0.001:
        return f"{value:.3g}"
    # A share that is almost all is not all.
    return f"{value:.4f}" if 0.9995 <= value < 1 else f"{value:.3f}"


def _met(value: float, bound: float, *, smaller: bool) -> str:
    return "met" if (value <= bound if smaller else value >= bound) else "not met"


def _entry(bench: Iterable[Mapping[str, Any]], name: str) -> Mapping[str, Any] | None:
    return next((entry for entry in bench if entry["name"] == name), None)


def _untrained(artifact: Artifact) -> dict[str, float]:
    prefix = "untrained_"
    return {
        name.removeprefix(prefix): value
        for name, value in artifact.manifest.metrics.items()
        if name.startswith(prefix)
    }


def _last(artifact: Artifact, name: str) -> float | None:
    values = [float(epoch[name]) for epoch in artifact.epochs if name in epoch]
    return values[-1] if values else None
