"""Tuning: a short search over the knobs that the report left untuned.

    python -m drml_job.tune --packed PACKED --run-dir RUN [--trials 6] [--start CHECKPOINT] ...

Every trial is a short training with its own learning rate, L2 coefficient, gap and crop probability, judged
by triplet accuracy on a tenth of the training split that none of them trains on: the validation split stays
unseen, so the final figures are honest. The search resumes from RUN/study.log; RUN/best.json and the last
line hold the winner as options.
"""

import argparse
from dataclasses import replace
from pathlib import Path

import numpy as np
import optuna

from drml_job import distributed, packed, prepare, train
from job_kit import journal
from job_kit.command_line import add_knobs, knobs_from
from job_kit.study import search

TRIALS = 6
# Two epochs of 6,000 pictures order the knobs roughly, at a minute a trial on two cores.
SHORT = train.Knobs(epochs=2, epoch_pictures=6000, monitor_triplets=2000)
HELD_OUT = 0.1


def run(data: packed.Packed, directory: Path, knobs: train.Knobs, trials: int) -> train.Knobs:
    """Runs as many trials as are missing; returns the given knobs with the best ones found."""
    directory.mkdir(parents=True, exist_ok=True)
    inner = hold_out(data, knobs.seed)
    drawn = prepare.Knobs(train_triplets=20_000, val_triplets=SHORT.monitor_triplets, seed=knobs.seed)
    prepare.write_triplets(inner, directory, drawn)

    def objective(trial: optuna.Trial) -> float:
        chosen = suggest(trial, knobs)
        folder = directory / f"trial-{trial.number}"
        train.run(inner, directory, folder, chosen, distributed.Workers(rank=0, count=1))
        return journal.read(folder / "metrics.jsonl")[-1]["val_triplet_accuracy"]

    best = search(
        directory,
        objective,
        starting_point(knobs),
        direction="maximize",
        trials=trials,
        seed=knobs.seed,
    )
    return replace(knobs, **best)


def suggest(trial: optuna.Trial, knobs: train.Knobs) -> train.Knobs:
    return replace(
        knobs,
        peak_learning_rate=trial.suggest_float("peak_learning_rate", 1e-3, 0.3, log=True),
        weight_decay=trial.suggest_float("weight_decay", 1e-5, 1e-2, log=True),
        gap=trial.suggest_float("gap", 0.05, 5.0, log=True),
        crop_probability=trial.suggest_float("crop_probability", 0.0, 1.0),
    )


def starting_point(knobs: train.Knobs) -> dict[str, float]:
    return {
        "peak_learning_rate": knobs.peak_learning_rate,
        "weight_decay": knobs.weight_decay,
        "gap": knobs.gap,
        "crop_probability": knobs.crop_probability,
    }


def hold_out(data: packed.Packed, seed: int) -> packed.Packed:
    """The same pictures with a tenth of the training split as `val`, and the true validation split out of
    reach."""
    splits = list(data.index.splits)
    for row in data.rows("val"):
        splits[row] = "unused"
    train_rows = data.rows("train")
    held = np.random.default_rng(seed).choice(train_rows, round(len(train_rows) * HELD_OUT), replace=False)
    for row in held:
        splits[row] = "val"
    index = replace(data.index, splits=splits, fingerprint=f"{data.index.fingerprint}-held-out-{seed}")
    return packed.Packed(index, data.pictures)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--packed", type=Path, required=True)
    parser.add_argument("--run-dir", type=Path, required=True)
    parser.add_argument("--trials", type=int, default=TRIALS)
    add_knobs(parser, SHORT)
    values = parser.parse_args()
    run(packed.load(values.packed), values.run_dir, knobs_from(values, SHORT), values.trials)


if __name__ == "__main__":
    main()
