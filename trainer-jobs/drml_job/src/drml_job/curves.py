"""Curves of a run as a picture: loss and triplet accuracy over the epochs, training beside validation."""

from pathlib import Path

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from drml_job import journal

_PANELS = (
    ("triplet loss", {"train_loss": "training", "val_loss": "validation"}),
    ("triplet accuracy", {"train_triplet_accuracy": "training", "val_triplet_accuracy": "validation"}),
)


def draw(metrics: Path, target: Path) -> None:
    """PNG of 1000 x 400 pixels from a metrics.jsonl of `train`; the first epoch is number 1."""
    lines = journal.read(metrics)
    figure = Figure(figsize=(10, 4), dpi=100, layout="constrained")
    FigureCanvasAgg(figure)
    for axes, (title, series) in zip(figure.subplots(1, len(_PANELS)), _PANELS, strict=True):
        for name, label in series.items():
            points = [(line["epoch"] + 1, line[name]) for line in lines if name in line]
            axes.plot([x for x, _ in points], [y for _, y in points], marker="o", markersize=3, label=label)
        axes.set_title(title)
        axes.set_xlabel("epoch")
        axes.xaxis.get_major_locator().set_params(integer=True)
        axes.grid(alpha=0.3)
        axes.legend()
    figure.savefig(target)
