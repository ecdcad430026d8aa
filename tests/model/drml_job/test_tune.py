"""Tuning: a real search on drawn pictures that never looks at the validation split."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np

from drml_job import packed, train, triplets, tune

KNOBS = replace(
    tune.SHORT, epochs=1, epoch_pictures=24, batch=12, size=32, embedding_dim=16, monitor_triplets=30
)


def test_the_validation_split_stays_out_of_reach(data: packed.Packed) -> None:
    inner = tune.hold_out(data, seed=1)
    validation = set(data.rows("val").tolist())
    assert not validation & set(inner.rows("train").tolist())
    assert not validation & set(inner.rows("val").tolist())
    assert set(inner.rows("train").tolist()) | set(inner.rows("val").tolist()) == set(
        data.rows("train").tolist()
    )
    assert len(inner.rows("val")) == round(len(data.rows("train")) * tune.HELD_OUT)


def test_a_search_begins_with_the_given_knobs_and_resumes(data: packed.Packed, tmp_path: Path) -> None:
    tune.run(data, tmp_path, KNOBS, trials=1)
    first = json.loads((tmp_path / "best.json").read_text())
    assert {name: first[name] for name in tune.starting_point(KNOBS)} == tune.starting_point(KNOBS)
    best = tune.run(data, tmp_path, KNOBS, trials=2)
    assert len(list(tmp_path.glob("trial-*"))) == 2
    second = json.loads((tmp_path / "best.json").read_text())
    assert second["value"] >= first["value"]
    assert isinstance(best, train.Knobs)
    assert best.gap == second["gap"]
    used = np.unique(triplets.read(tmp_path / "triplets-val.txt", data.index.paths))
    assert not set(used.tolist()) & set(data.rows("val").tolist())
