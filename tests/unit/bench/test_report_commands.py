"""Commands of the report: a model card's knobs, what the card says went before, recipes of documents."""

from dataclasses import replace
from pathlib import Path

import pytest

from tests.bench.record import MEASURED
from tests.bench.report import commands, recipes
from tests.bench.report.inputs import Artifact, Inputs, gather

ROOT = Path(__file__).parents[3]
KNOBS = """## Training

| knob | value |
|---|---|
| epochs | 3 |
| normalise | True |
| words |  |

| x | 1 |
"""
CARD = f"""- **Trained on**: 10 pictures, stored at
  32 px.
- **Start weights**: {{}}
- **Use**: none.

{KNOBS}"""
SIZED = "classification of the same training pictures, size:epochs `48:2`"
PRETRAINED = f"{SIZED}, from scratch."
PRETRAINING = "python -m drml_job.pretrain --packed PACKED --run-dir PRE --sizes 48:2"
TRAINING = "python -m drml_job.train --packed PACKED"
RECIPE = """
python -m drml_job.pretrain --packed PACKED --run-dir PRE --sizes 48:2
python -m drml_job.train --packed PACKED --run-dir FIRST --start PRE/checkpoint.safetensors \\
    --epochs 2        # a beginning
$ .venv/bin/python -m drml_job.train --packed PACKED --run-dir RUN \\
    --start FIRST/checkpoint.safetensors --epochs 3.0
python -m drml_job.evaluate --packed PACKED --run-dir RUN
"""


@pytest.fixture(scope="module")
def starters(tmp_path_factory: pytest.TempPathFactory) -> Inputs:
    nowhere = tmp_path_factory.mktemp("nothing")
    return gather(ROOT, nowhere, nowhere, MEASURED)


def carded(starters: Inputs, kind: str, card: str) -> Artifact:
    return replace(starters.artifacts[kind], card=card)


def test_knobs_become_options() -> None:
    found = commands.knobs(CARD)
    assert found == {"epochs": "3", "normalise": "True", "words": ""}
    assert commands.options(found | {"flip_all": "False"}) == "--epochs 3 --normalise --no-flip-all"
    assert commands.knobs("no table") == {}


@pytest.mark.parametrize(
    ("told", "lines", "start"),
    [
        ("none (from scratch).", [], ""),
        ("ImageNet classification (`resnet18.pth`).", [], " --start imagenet"),
        ("the published artifact `drml-1`\n  (weights from scratch).", [], " --start artifacts/drml/drml-1"),
        (
            f"{PRETRAINED} Changed in epoch 7: sizes 48:3 to 48:2.",
            [PRETRAINING, "# Changed in epoch 7: sizes 48:3 to 48:2."],
            " --start PRE/checkpoint.safetensors",
        ),
        (
            f"{SIZED}, taught by a frozen encoder (`lite`), from scratch.",
            [
                "python -m drml_job.teacher --packed PACKED --encoder lite",
                f"{PRETRAINING} --teacher-features PACKED/frozen-lite.npy",
            ],
            " --start PRE/checkpoint.safetensors",
        ),
        (
            f"an earlier triplet run of 21 epochs; before that: {PRETRAINED}",
            [
                PRETRAINING,
                "# FIRST: a triplet run of 21 epochs from PRE/checkpoint.safetensors; the card has no more.",
            ],
            " --start FIRST/checkpoint.safetensors",
        ),
    ],
)  # fmt: skip
def test_what_went_before_is_the_cards(starters: Inputs, told: str, lines: list[str], start: str) -> None:
    found = commands.of_artifact(carded(starters, "drml", CARD.format(told)), [])
    assert found[0] == "python -m drml_job.prepare --data DATA --packed PACKED --stored-size 32"
    assert found[1:-4] == lines
    assert found[-4] == (
        f"python -m drml_job.train --packed PACKED --run-dir RUN{start} --epochs 3 --normalise"
    )
    assert [line.split()[2] for line in found[-3:]] == [
        "drml_job.evaluate",
        "drml_job.publish",
        "drml_job.evaluate",
    ]


def test_a_documented_recipe_tells_the_earlier_runs(starters: Inputs) -> None:
    block = list(recipes.commands(RECIPE))
    assert [(command.step, command.options.get("epochs")) for command in block] == [
        ("pretrain", None), ("train", "2"), ("train", "3.0"), ("evaluate", None),
    ]  # fmt: skip
    card = CARD.format(f"an earlier triplet run of 2 epochs; before that: {PRETRAINED}")
    found = commands.of_artifact(carded(starters, "drml", card), [[], block])
    assert found[1:4] == [
        PRETRAINING,
        f"{TRAINING} --run-dir FIRST --start PRE/checkpoint.safetensors --epochs 2",
        f"{TRAINING} --run-dir RUN --start FIRST/checkpoint.safetensors --epochs 3 --normalise",
    ]


@pytest.mark.parametrize("other", ["--epochs 4", "--epochs 3 --no-normalise", "--loss hinge"])
def test_a_recipe_of_other_knobs_is_another_networks(starters: Inputs, other: str) -> None:
    block = list(recipes.commands(RECIPE.replace("--epochs 3.0", other)))
    assert not recipes.agree(block, "drml", commands.knobs(CARD))
    assert not recipes.agree(block, "caption", commands.knobs(CARD))


def test_a_captioner_without_a_recipe_says_what_its_card_does_not_tell(starters: Inputs) -> None:
    found = commands.of_artifact(carded(starters, "caption", f"cleaning `report`.\n{KNOBS}"), [])
    assert found[0] == "python -m caption_job.prepare --data DATA --prepared PREP --cleaning report"
    assert "--encoder " in found[1]
    assert found[2].startswith("# prepare's --vocabulary-floor")
    assert [line.split()[2] for line in found[3:]] == [
        "caption_job.train",
        "caption_job.evaluate",
        "caption_job.publish",
    ]


def test_the_starters_commands_go_from_the_data_to_the_artifact(starters: Inputs) -> None:
    for kind, artifact in starters.artifacts.items():
        found = commands.of_artifact(artifact, starters.recipes)
        steps = [line.split()[2].partition(".")[2] for line in found if not line.startswith("#")]
        assert steps[0] == "prepare"
        assert {"train", "evaluate", "publish"} <= set(steps), kind
        last = next(line for line in reversed(found) if ".train " in line)
        assert commands.options(commands.knobs(artifact.card)) in last
        assert not any(line.startswith("#") for line in found), "documents tell the recipes of what ships"


def test_commands_of_figures_have_their_knobs(starters: Inputs) -> None:
    run = {"queries": 3, "listed": 5, "seed": 1}
    found = commands.of_measurements(replace(starters, quality=run))
    assert 'ARGS="--queries 3 --listed 5 --seed 1"' in found[0]


def test_a_command_is_parted_before_its_options() -> None:
    assert commands.wrapped("python -m a --b 1 --no-c") == ["python -m a ", "--b 1 ", "--no-c"]
    assert commands.wrapped('make a ARGS="--b 1"') == ['make a ARGS="--b 1"']
