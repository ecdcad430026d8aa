"""The model card: Markdown from the manifest and the run's own records, nothing typed."""

from typing import Any

from diversity_contracts.manifest import Manifest
from drml_job.provenance import described, seen_imagenet

_TEMPLATE = """# {version}

Deep Ranking Model Light: ResNet-18 and a linear embedding of {embedding_dim}, trained on triplets.
Near in Euclidean distance means similar, farthest means divergent.

- **Trained on**: the training split only: {train:,} pictures of {classes} classes, stored at
  {stored_size} px (fingerprint `{fingerprint}`). The {val:,} validation pictures were never trained on.
- **Start weights**: {start}
- **ImageNet**: {imagenet}
- **Use**: ranking ordinary photographs by likeness to one another, for research and demonstration. It saw
  small pictures of few classes; fine detail, text and faces are beyond it. The terms of the training pictures
  apply. It is no basis for decisions about people.
- **Input**: {size} px squares (`{resize}`), mean {mean}, deviation {std}.
- **Network**: {model}. Weights in float16; worst cosine distance to float32: {drift:.2g}.
- **Code**: `{revision}`, {created}.

## Figures: {weights}

On the validation pictures, every one a query against all others; {triplets:,.0f} random out-of-class
triplets, seed {seed:.0f}; farthest: top 5 of {farthest_queries:,.0f} queries, plain, no correction. Beside
them an untrained network of the same architecture. The report states just under 99 % triplet accuracy, from
ImageNet weights.

| figure | this network | untrained |
|---|---:|---:|
{figures}

Self-recall {self_recall:.1f}. Reproduce: `python -m drml_job.evaluate --data DATA --artifact THIS_FOLDER`.

## Training

{knobs}

![loss and accuracy by epoch](curves.png)

Figures of every epoch are in `metrics.json`.

## Nearest and farthest

Queries of classes drawn at random, not chosen.

![queries, their 5 nearest, their 5 farthest](panels.jpg)
"""

_IMAGENET = {
    False: "the whole of it seen neither by these weights, nor by a teacher of theirs, nor by what ordered "
    "their triplets.",
    True: "**these are weights that have seen ImageNet.** Tiny ImageNet is taken from it, so on its pictures "
    "these figures stand apart from those of weights from scratch, and are not to be compared with them.",
}
_FIGURES = (
    "triplet_accuracy",
    "recall_at_1",
    "recall_at_5",
    "recall_at_10",
    "map_at_10",
    "score_at_top_30",
    "score_at_top_30_triplets",
    "farthest_distinct",
    "farthest_possible",
    "farthest_top_share",
    "farthest_mean_percentile",
)


def render(manifest: Manifest, data: dict[str, Any], state: dict[str, Any]) -> str:
    """`data` counts classes and pictures, `state` is the checkpoint's: knobs, and what the run started from.

    KeyError where a figure is missing: a card with holes is not published.
    """
    figures = manifest.metrics
    lines = [
        f"| {name} | {_number(figures[name])} | {_number(figures['untrained_' + name])} |"
        for name in _FIGURES
    ]
    rule = manifest.preprocessing
    return _TEMPLATE.format(
        **data,
        version=manifest.version,
        embedding_dim=manifest.model["embedding_dim"],
        fingerprint=manifest.data_fingerprint[:16],
        start=describe_start(state["started_from"]) + _ordered_by(state.get("triplets", {})),
        imagenet=_IMAGENET[seen_imagenet(state)],
        weights=described(seen_imagenet(state)),
        size=rule.size,
        resize=rule.resize,
        mean=[round(value, 4) for value in rule.mean],
        std=[round(value, 4) for value in rule.std],
        model=", ".join(f"{name} {value}" for name, value in manifest.model.items()),
        drift=manifest.drift["float16"],
        revision=manifest.code_revision,
        created=f"{manifest.created:%Y-%m-%d %H:%M} UTC",
        triplets=figures["triplets"],
        seed=figures["seed"],
        farthest_queries=figures["farthest_queries"],
        figures="\n".join(lines),
        self_recall=figures["self_recall"],
        knobs=_knobs(state["knobs"]) + _amendments(state.get("amendments", [])),
    )


def describe_start(history: dict[str, Any]) -> str:
    """One sentence on where the weights came from before this run."""
    kind = history["kind"]
    if kind == "random":
        return "none (from scratch)."
    if kind == "imagenet":
        return f"ImageNet classification (`{history['file']}`)."
    if kind == "artifact":
        return f"the published artifact `{history['version']}` ({described(history['seen_imagenet'])})."
    knobs = history["knobs"]
    if kind == "pretrain":
        file = knobs.get("teacher_features", "").rsplit("/", 1)[-1]
        taught = history["teacher"]["encoder"] if "teacher" in history else file
        sentence = f"classification of the same training pictures, size:epochs `{knobs['sizes']}`"
        changes = _amendments(history.get("amendments", [])).strip()
        start = history.get("started_from", {"kind": "random"})
        begun = "" if start["kind"] == "random" else f", begun with {describe_start(start).removesuffix('.')}"
        if not taught:
            return f"{sentence}{begun or ', from scratch'}. {changes}".strip()
        seen = (
            ", which has seen ImageNet"
            if seen_imagenet(history | {"started_from": {"kind": "random"}})
            else ""
        )
        return f"{sentence}, taught by a frozen encoder (`{taught}`){seen}{begun}. {changes}".strip()
    before = describe_start(history["started_from"])
    return f"an earlier triplet run of {history['epoch']} epochs; before that: {before}"


def _ordered_by(about: dict[str, Any]) -> str:
    """Who ordered in-class triplets, where there are any."""
    if not about.get("encoder"):
        return ""
    seen = ", which has seen ImageNet" if about["seen_imagenet"] else ""
    return (
        f" {about['in_class_negatives']:.0%} of the triplets are of one class, ordered by a frozen encoder "
        f"(`{about['encoder']}`){seen}."
    )


def _knobs(knobs: dict[str, Any]) -> str:
    hidden = {"start", "start_sha256"}  # a path of the machine that trained; the start is told above
    rows = [f"| {name} | {value} |" for name, value in knobs.items() if name not in hidden]
    return "\n".join(["| knob | value |", "|---|---|", *rows])


def _amendments(amendments: list[dict[str, Any]]) -> str:
    """What was changed while the run went on: the table shows only the last values."""
    lines = [
        f"Changed in epoch {change['epoch'] + 1}: {name} {old} to {new}."
        for change in amendments
        for name, (old, new) in change["changed"].items()
    ]
    return "\n\n" + " ".join(lines) if lines else ""


def _number(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 2 else f"{value:.4f}"
