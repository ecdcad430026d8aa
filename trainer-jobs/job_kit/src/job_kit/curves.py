"""Curves of a run as a picture: figures over the epochs, training beside validation."""

from collections.abc import Mapping
from pathlib import Path

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from job_kit import journal

# A panel's title to its series: a figure's name in the journal to its label.
Panels = Mapping[str, Mapping[str, str]]


def draw(metrics: Path, target: Path, panels: Panels) -> None:
    """PNG of 500 x 400 pixels a panel from a metrics.jsonl; the first epoch is number 1."""
    lines = journal.read(metrics)
    figure = Figure(figsize=(5 * len(panels), 4), dpi=100, layout="constrained")
    FigureCanvasAgg(figure)
    axes_row = figure.subplots(1, len(panels), squeeze=False)[0]
    for axes, (title, series) in zip(axes_row, panels.items(), strict=True):
        for name, label in series.items():
            points = [(line["epoch"] + 1, line[name]) for line in lines if name in line]
            axes.plot([x for x, _ in points], [y for _, y in points], marker="o", markersize=3, label=label)
        axes.set_title(title)
        axes.set_xlabel("epoch")
        axes.xaxis.get_major_locator().set_params(integer=True)
        axes.grid(alpha=0.3)
        axes.legend()
    figure.savefig(target)
