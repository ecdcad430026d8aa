"""A resumable search over a training's knobs, Optuna's tree-structured Parzen estimator in a journal file."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Literal

import optuna
from optuna.storages.journal import JournalFileBackend


def search(
    directory: Path,
    objective: Callable[[optuna.Trial], float],
    start: Mapping[str, Any],
    *,
    direction: Literal["maximize", "minimize"],
    trials: int,
    seed: int,
) -> dict[str, Any]:
    """Runs as many trials as `directory/study.log` lacks of `trials`; returns the best knobs by name.

    The first trial is `start`, so the search never ends below where it began. A trial that raises
    FloatingPointError fails alone; the next call makes up for it. The winner is written to
    `directory/best.json` and printed as options.
    """
    storage = optuna.storages.JournalStorage(JournalFileBackend(str(directory / "study.log")))
    study = optuna.create_study(
        storage=storage,
        study_name="knobs",
        direction=direction,
        sampler=optuna.samplers.TPESampler(seed=seed),
        load_if_exists=True,
    )
    if not study.trials:
        study.enqueue_trial(dict(start))
    finished = len(study.get_trials(states=[optuna.trial.TrialState.COMPLETE]))
    study.optimize(objective, n_trials=max(0, trials - finished), catch=(FloatingPointError,))
    best = dict(study.best_params)
    (directory / "best.json").write_text(json.dumps({"value": study.best_value, **best}, indent=2) + "\n")
    print("best", study.best_value, " ".join(f"--{k.replace('_', '-')} {v:.4g}" for k, v in best.items()))
    return best
