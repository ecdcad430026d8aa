"""The report as one HTML text that needs nothing else: pictures, style and charts are in it."""

import base64
import json
import mimetypes
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markdown_it import MarkdownIt
from markupsafe import Markup

from tests.bench.report import commands, drawing, tables
from tests.bench.report.inputs import Artifact, Inputs

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
        quality=inputs.quality,
        bench=inputs.bench,
        against=tables.against_the_report(inputs),
        retrieval=tables.retrieval(inputs),
        sentences=tables.sentences(inputs),
        divergence=tables.divergence(inputs),
        correlation=tables.shown(tables.lists_of(inputs).get(("merge", "views"), {}).get("view_correlation")),
        hubs=[
            Markup(drawing.bars(title, rows, ("raw", "corrected")))
            for title, rows in tables.hubs(inputs).items()
        ],
        speeds=tables.speeds(inputs),
        commands=[
            *(
                command
                for artifact in inputs.artifacts.values()
                for command in commands.of_artifact(artifact)
            ),
            *commands.of_measurements(inputs),
        ],
        views=[_view(kind, artifact) for kind, artifact in inputs.artifacts.items()],
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
        "drift": {name: tables.shown(value) for name, value in artifact.manifest.drift.items()},
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
