"""The report as one HTML text that needs nothing else: pictures, style and charts are in it."""

import base64
import json
import mimetypes
from collections.abc import Callable
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markdown_it import MarkdownIt
from markupsafe import Markup

from tests.bench.report import beside, commands, drawing, lists, trials
from tests.bench.report.cells import percent, shown
from tests.bench.report.inputs import Artifact, Inputs
from tests.bench.report.speeds import speeds

TITLES = {"drml": "Looks: the DRML network", "caption": "Words: the caption view"}
# A chart's title to its lines: a figure's name in the journal, its label.
CHARTS = {
    "drml": {
        "loss": {"train_loss": "training", "val_loss": "validation"},
        "triplet accuracy": {"train_triplet_accuracy": "training", "val_triplet_accuracy": "validation"},
    },
    "caption": {
        "loss": {"train_loss": "training", "val_loss": "validation"},
        "token accuracy": {"train_accuracy": "training", "val_accuracy": "validation"},
    },
}
PANELS = {
    "drml": {"panels.jpg": "Queries drawn at random, their five nearest, their five farthest"},
    "caption": {
        "panels.jpg": "Queries with the sentence written of them, what is most and least similar by sentence",
        "samples.jpg": "Test pictures drawn by the seed, good and bad alike",
    },
}


def render(inputs: Inputs, made: str) -> str:
    """The report; `made` says when and of which commit."""
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("page.html.jinja").render(
        made=made,
        missing=inputs.missing,
        origins=inputs.origins,
        quality=inputs.quality,
        agreement=inputs.agreement,
        measured_thresholds=inputs.thresholds,
        bench=inputs.bench,
        ranking=beside.ranking(inputs),
        captioning=beside.captioning(inputs),
        thresholds=beside.thresholds(inputs),
        thresholds_read=beside.thresholds_read(inputs),
        retrieval=beside.retrieval(inputs),
        sentences=beside.sentences(inputs),
        divergence=lists.divergence(inputs),
        diversity=lists.diversity(inputs),
        correlation=lists.correlation(inputs),
        coverage=_hubs(inputs),
        agreeing=_agreement(inputs),
        wrapped=commands.wrapped,
        speeds=speeds(inputs),
        trials=trials.trials(inputs),
        commands={
            **{
                TITLES[kind]: commands.of_artifact(artifact, inputs.recipes)
                for kind, artifact in inputs.artifacts.items()
            },
            "Figures": commands.of_measurements(inputs),
        },
        views=[_view(kind, artifact) for kind, artifact in inputs.artifacts.items()],
        current=[artifact.manifest.version for artifact in inputs.artifacts.values()],
    )


def data_uri(path: Path) -> str:
    """A file as an address that holds it."""
    kind = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    return f"data:{kind};base64,{base64.b64encode(path.read_bytes()).decode()}"


def card_html(artifact: Artifact) -> Markup:
    """A model card as HTML; markup in it stays text, its pictures are shown elsewhere."""
    reader = MarkdownIt("commonmark", {"html": False}).enable("table")
    tokens = reader.parse(artifact.card)
    for token in tokens:
        token.children = [child for child in token.children or [] if child.type != "image"] or None
        if token.type.startswith("heading_"):
            token.tag = f"h{min(6, int(token.tag[1:]) + 3)}"
    return Markup(reader.renderer.render(tokens, reader.options, {}))


def _hubs(inputs: Inputs) -> list[Markup]:
    charts: dict[str, tuple[str, Callable[[float], str]]] = {
        "distinct": ("distinct pictures in all lists", shown),
        "top_share": ("lists that hold the most frequent picture", percent),
    }
    drawn = [
        drawing.bars(title, lists.hubs(inputs, name), ("raw", "corrected"), form)
        for name, (title, form) in charts.items()
    ]
    return [Markup(chart) for chart in drawn if chart]


def _agreement(inputs: Inputs) -> list[Markup]:
    """The correlation query by query, the share of agreement, where one view's lists lie in the other."""
    drawn = []
    if inputs.agreement:
        found = inputs.agreement["figures"]["correlation"]
        drawn.append(
            drawing.histogram(
                "queries, by rank correlation",
                found["edges"],
                found["queries"],
                "looks against words, one query",
            )
        )
    chance = (0.5, "chance: 0.5")
    drawn.append(
        drawing.bars("share on one side of the middle in both", lists.agreeing(inputs), ("",), shown, chance)
    )
    drawn.append(
        drawing.bars(
            "mean percentile of a list's pictures",
            lists.crosswise(inputs),
            ("by looks", "by words"),
            shown,
            chance,
        )
    )
    return [Markup(chart) for chart in drawn if chart]


def _view(kind: str, artifact: Artifact) -> dict[str, Any]:
    return {
        "title": TITLES[kind],
        "place": artifact.place,
        "manifest": artifact.manifest,
        "charts": [Markup(chart) for chart in _charts(kind, artifact) if chart],
        "panels": [
            (data_uri(path), caption)
            for name, caption in PANELS[kind].items()
            if (path := artifact.file(name)) is not None
        ],
        "samples": _samples(artifact),
        "card": card_html(artifact),
        "drift": {name: shown(value) for name, value in artifact.manifest.drift.items()},
    }


def _charts(kind: str, artifact: Artifact) -> list[str]:
    return [
        drawing.lines(
            title,
            {
                label: [(epoch["epoch"] + 1, epoch[name]) for epoch in artifact.epochs if name in epoch]
                for name, label in series.items()
            },
        )
        for title, series in CHARTS[kind].items()
    ]


def _samples(artifact: Artifact) -> list[dict[str, str]]:
    path = artifact.file("samples.json")
    found: list[dict[str, str]] = json.loads(path.read_text()) if path else []
    return found
