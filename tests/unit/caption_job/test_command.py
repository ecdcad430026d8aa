"""The whole job's command line: what is asked for reaches the steps."""

import sys
from pathlib import Path

import pytest

from caption_job import __main__ as job


def plan_of(options: str, monkeypatch: pytest.MonkeyPatch) -> job.Plan:
    """What `main` would run."""
    asked: list[job.Plan] = []

    def noted(data: list[Path], work: Path, artifacts: Path, plan: job.Plan) -> None:
        asked.append(plan)

    monkeypatch.setattr(job, "run", noted)
    monkeypatch.setattr(sys, "argv", ["caption_job", "--data", "flickr8k.zip", *options.split()])
    job.main()
    return asked[0]


def test_the_options_of_every_step(monkeypatch: pytest.MonkeyPatch) -> None:
    plan = plan_of(
        "--vocabulary-floor 5 --encoder efficientnet-lite2 --weights package --size 260 --stored-size 224 "
        "--maps --epochs 10 --label-smoothing 0.1 --beam 5 --seed 3",
        monkeypatch,
    )
    assert plan.prepare.vocabulary_floor == 5
    taken = plan.features
    assert (taken.encoder, taken.weights, taken.maps) == ("efficientnet-lite2", "package", True)
    assert (taken.size, taken.stored_size) == (260, 224)
    assert (plan.train.epochs, plan.train.label_smoothing) == (10, 0.1)
    assert (plan.evaluate.beam, plan.evaluate.seed) == (5, 3)


@pytest.mark.parametrize(
    ("options", "maps"),
    [("", False), ("--decoder attention", True), ("--decoder transformer --place-features", True)],
)
def test_maps_are_taken_where_the_decoder_looks_at_places(
    options: str, maps: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert plan_of(options, monkeypatch).features.maps is maps
