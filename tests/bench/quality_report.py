"""The figures as files: JSON, tables in Markdown, a plot of coverage against divergence."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from matplotlib.figure import Figure

from tests.bench import quality_diversity
from tests.bench.bench_file import NAME, merge

NAMES = ("distinct", "top_share", "mean_percentile")


def write(document: Mapping[str, Any], out: Path) -> None:
    """quality.json, quality.md and quality.png into `out`, and `farthest.*` into its bench.json."""
    out.mkdir(parents=True, exist_ok=True)
    (out / "quality.json").write_text(json.dumps(document, indent=1, ensure_ascii=False) + "\n")
    (out / "quality.md").write_text(markdown(document))
    plot(document).savefig(out / "quality.png", dpi=120)
    for entry in contract_entries(document):
        merge(entry, out / NAME)


def columns(document: Mapping[str, Any]) -> dict[tuple[str, str], dict[str, float]]:
    """Figures by name, by view and method."""
    found: dict[tuple[str, str], dict[str, float]] = {}
    for row in document["figures"]:
        found.setdefault((row["view"], row["method"]), {})[row["figure"]] = row["value"]
    return found


def markdown(document: Mapping[str, Any]) -> str:
    """Tables: lists, lists whose pictures are spread, retrieval, sentences, the artifacts' own figures."""
    by_column = columns(document)
    listing = {key: value for key, value in by_column.items() if "distinct" in value}
    spread = {key: listing.pop(key) for key in list(listing) if "least_distance" in listing[key]}
    near = {key: value for key, value in by_column.items() if key[1] == "retrieval" and value}
    own = {key: value for key, value in by_column.items() if key[1] == "from the artifact"}
    title = (
        f"# {document['gallery']}: {document['pictures']:,} pictures, {document['queries']:,} queries, "
        f"{document['listed']} listed, seed {document['seed']}\n\n{', '.join(document['artifacts'])}"
    )
    parts = [title, "## Lists", _table(listing)]
    if spread:
        parts += ["## Diversity", _table(spread)]
        parts += filter(
            None, [quality_diversity.verdict({method: row for (_, method), row in spread.items()})]
        )
    if near:
        parts += ["## Retrieval", _table(near)]
    if sentences := by_column.get(("caption", "sentences")):
        parts += ["## Sentences", _table({("caption", "sentences"): sentences})]
    correlation = by_column["merge", "views"]["view_correlation"]
    parts += [f"Rank correlation between the views: {correlation:.3f}", "## From the artifacts", _table(own)]
    return "\n\n".join(parts) + "\n"


def contract_entries(document: Mapping[str, Any]) -> list[dict[str, Any]]:
    """`farthest.*` of the DRML view, raw in `baseline`; none without a correction."""
    by_column = columns(document)
    ours, raw = by_column.get(("drml", "corrected")), by_column["drml", "raw farthest"]
    if ours is None:
        return []
    detail = {name: document[name] for name in ("gallery", "pictures", "queries", "listed", "seed")}
    keys = dict(zip(NAMES, ("distinct", "top_share", "drml_percentile"), strict=True))
    return [
        {
            "name": f"farthest.{name}",
            "value": ours[key],
            "unit": "share" if name != "distinct" else "x",
            "baseline": raw[key],
            "ours": ours[key],
            "detail": detail | {"possible": ours["possible"], "artifact": document["artifacts"][0]},
        }
        for name, key in keys.items()
    ]


def plot(document: Mapping[str, Any]) -> Figure:
    """Each method of each view: distance percentile in its own view, coverage."""
    figure = Figure(figsize=(8, 5), layout="constrained")
    axes = figure.add_subplot()
    for (view, method), found in columns(document).items():
        if "coverage" not in found or "least_distance" in found or view == "none":
            continue
        axes.scatter(found[f"{view}_percentile"], found["coverage"], label=f"{view}: {method}")
    axes.set_xlabel("mean percentile of the picks in the view that ranked them")
    axes.set_ylabel("distinct pictures ÷ possible")
    axes.set_title(f"{document['gallery']}, {document['queries']:,} queries")
    axes.legend(fontsize=7)
    return figure


def _table(by_column: Mapping[tuple[str, str], Mapping[str, float]]) -> str:
    names: Sequence[str] = list(dict.fromkeys(name for found in by_column.values() for name in found))
    heads = [f"{view}: {method}" if view != "none" else method for view, method in by_column]
    lines = ["| figure | " + " | ".join(heads) + " |", "|---|" + "---:|" * len(heads)]
    for name in names:
        cells = [_written(found.get(name)) for found in by_column.values()]
        lines.append(f"| {name} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def _written(value: float | None) -> str:
    if value is None:
        return ""
    return f"{value:,.0f}" if value == int(value) and abs(value) > 1 else f"{value:.4f}"
