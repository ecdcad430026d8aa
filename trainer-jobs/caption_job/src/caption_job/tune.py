"""Tuning: a short search over the knobs that the report left untuned.

    python -m caption_job.tune --prepared PREP --features FEAT --run-dir RUN [--trials 8] [--decoder merge]
    ...

Every trial is a short training with its own learning rate, dropout, label smoothing and width, judged by the
loss on a tenth of the training split that none of them trains on: validation and test splits stay unseen, so
the final figures are honest. The search resumes from RUN/study.log; RUN/best.json and the last line hold the
winner as options.
"""

import argparse
from dataclasses import replace
from pathlib import Path

import numpy as np
import optuna

from caption_job import feature_files, prepared, train
from caption_job.prepared import Prepared
from job_kit import journal
from job_kit.command_line import add_knobs, knobs_from
from job_kit.study import search

TRIALS = 8
# Three epochs order the knobs roughly. The loss that judges is without label smoothing, whatever trained.
SHORT = train.Knobs(epochs=3, monitor_pictures=500)
HELD_OUT = 0.1


def run(
    data: Prepared, features: feature_files.Features, directory: Path, knobs: train.Knobs, trials: int
) -> train.Knobs:
    """Runs as many trials as are missing; returns the given knobs with the best ones found."""
    directory.mkdir(parents=True, exist_ok=True)
    inner = hold_out(data, knobs.seed)
    own = replace(features, data=inner.fingerprint)

    def objective(trial: optuna.Trial) -> float:
        folder = directory / f"trial-{trial.number}"
        train.run(inner, own, folder, suggest(trial, knobs))
        return min(line["val_loss"] for line in journal.read(folder / "metrics.jsonl"))

    best = search(
        directory,
        objective,
        starting_point(knobs),
        direction="minimize",
        trials=trials,
        seed=knobs.seed,
    )
    return replace(knobs, **best)


def suggest(trial: optuna.Trial, knobs: train.Knobs) -> train.Knobs:
    return replace(
        knobs,
        peak_learning_rate=trial.suggest_float("peak_learning_rate", 2e-4, 5e-3, log=True),
        dropout=trial.suggest_float("dropout", 0.1, 0.6),
        label_smoothing=trial.suggest_float("label_smoothing", 0.0, 0.2),
        units=trial.suggest_int("units", 32, 512, step=32),
    )


def starting_point(knobs: train.Knobs) -> dict[str, float]:
    return {
        "peak_learning_rate": knobs.peak_learning_rate,
        "dropout": knobs.dropout,
        "label_smoothing": knobs.label_smoothing,
        "units": knobs.units,
    }


def hold_out(data: Prepared, seed: int) -> Prepared:
    """The same pictures with a tenth of the training split as `val`, the true validation and test splits out
    of reach."""
    rows = data.rows("train")
    held = set(np.random.default_rng(seed).choice(rows, round(len(rows) * HELD_OUT), replace=False).tolist())
    pictures = [
        replace(picture, split="val" if row in held else "train" if picture.split == "train" else "unused")
        for row, picture in enumerate(data.pictures)
    ]
    return replace(data, pictures=pictures, fingerprint=f"{data.fingerprint}-held-out-{seed}")


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--prepared", type=Path, required=True)
    parser.add_argument("--features", type=Path, required=True)
    parser.add_argument("--run-dir", type=Path, required=True)
    parser.add_argument("--trials", type=int, default=TRIALS)
    add_knobs(parser, SHORT)
    values = parser.parse_args()
    data, features = prepared.load(values.prepared), feature_files.load(values.features)
    run(data, features, values.run_dir, knobs_from(values, SHORT), values.trials)


if __name__ == "__main__":
    main()
