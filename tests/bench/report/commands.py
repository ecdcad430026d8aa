"""The commands that make an artifact again, out of its model card and of the documents' recipes. Pure."""

import re
from collections.abc import Sequence

from tests.bench.report.inputs import Artifact, Inputs
from tests.bench.report.recipes import Command, agree

KNOB = re.compile(r"^\| (\w+) \| (.*) \|$", re.MULTILINE)
HEADS = "| knob | value |"
# Only the trainer's own card tells them; paths are the caller's.
STARTED = re.compile(r"\*\*Start weights\*\*: (.*?)(?=\n- \*\*|\Z)", re.DOTALL)
STORED = re.compile(r"stored at\s+(\d+) px")
SIZES = re.compile(r"size:epochs `([^`]+)`")
TEACHER = re.compile(r"taught by a frozen encoder \(`([^`]+)`\)")
EARLIER = re.compile(r"an earlier triplet run of (\d+) epochs")
ARTIFACT = re.compile(r"the published artifact `([^`]+)`")
CHANGED = re.compile(r"Changed in epoch [^.]+\.")
CLEANING = re.compile(r"cleaning `(\w+)`")
PRETRAINED, FIRST = "PRE/checkpoint.safetensors", "FIRST/checkpoint.safetensors"


def knobs(card: str) -> dict[str, str]:
    """The training knobs that a card lists, as they are written; none where it lists none."""
    _, found, rest = card.partition(HEADS)
    if not found:
        return {}
    table = rest.partition("\n\n")[0]
    return {name: value.strip() for name, value in KNOB.findall(table)}


def options(found: dict[str, str]) -> str:
    """Knobs as options of a command; a flag is `--x` or `--no-x`, what is empty is left out."""
    written = []
    for name, value in found.items():
        option = name.replace("_", "-")
        if value in {"True", "False"}:
            written.append(f"--{option}" if value == "True" else f"--no-{option}")
        elif value:
            written.append(f"--{option} {value}")
    return " ".join(written)


def wrapped(command: str) -> list[str]:
    """A command in the parts that stay together on a line: what is called, each option with its value."""
    return re.split(r"(?<= )(?=--)", command) if command.startswith("python ") else [command]


def of_artifact(artifact: Artifact, recipes: Sequence[Sequence[Command]]) -> list[str]:
    """Every step from the data to the artifact, with its knobs.

    Steps that the card does not tell are those of the documented recipe whose training has the card's knobs;
    a line that begins with `#` says what is known of a step that neither tells.
    """
    own, kind = knobs(artifact.card), artifact.manifest.kind
    steps = _drml if kind == "drml" else _caption
    recipe = next(
        (found for found in recipes if agree(found, kind, own) and _begins_alike(found, artifact.card)), ()
    )
    return [line.rstrip() for line in steps(artifact, recipe, options(own))]


def of_measurements(inputs: Inputs) -> list[str]:
    """What made the figures of lists, of agreement, of speed, and this page."""
    quality = "make quality DATA=DATA"
    if run := inputs.quality:
        quality += f' ARGS="--queries {run["queries"]} --listed {run["listed"]} --seed {run["seed"]}"'
    return [
        quality,
        "python -m tests.bench.agreement --data DATA",
        "python -m tests.bench.thresholds --data flickr8k.zip",
        "make bench",
        "python -m tests.bench.record",
        "make report",
    ]


def _drml(artifact: Artifact, recipe: Sequence[Command], trained: str) -> list[str]:
    stored = _found(STORED, artifact.card)
    lines = [
        f"python -m drml_job.prepare --data DATA --packed PACKED{f' --stored-size {stored}' * bool(stored)}"
    ]
    if recipe:
        before, start = _before_training(recipe)
        lines += [command.text for command in before if command.step != "prepare"]
    else:
        before_it, start = _told(artifact.card)
        lines += before_it
    started = f" --start {start}" if start else ""
    lines.append(f"python -m drml_job.train --packed PACKED --run-dir RUN{started} {trained}")
    mirror = " --mirror" if artifact.manifest.model.get("mirror") else ""
    return [
        *lines,
        f"python -m drml_job.evaluate --packed PACKED --run-dir RUN{mirror}",
        "python -m drml_job.publish --packed PACKED --run-dir RUN --artifacts artifacts",
        f"python -m drml_job.evaluate --data DATA --artifact {artifact.place}",
    ]


def _told(card: str) -> tuple[list[str], str]:
    """What came before training by the card alone, and what training started from."""
    told = " ".join((_found(STARTED, card) or "").split())
    lines, start = [], ""
    if "ImageNet classification" in told:
        start = "imagenet"
    if version := _found(ARTIFACT, told):
        start = f"artifacts/drml/{version}"
    if sizes := _found(SIZES, told):
        taught = ""
        if teacher := _found(TEACHER, told):
            lines.append(f"python -m drml_job.teacher --packed PACKED --encoder {teacher}")
            taught = f" --teacher-features PACKED/frozen-{teacher}.npy"
        begun = f" --start {start}" if start else ""
        lines.append(
            f"python -m drml_job.pretrain --packed PACKED --run-dir PRE --sizes {sizes}{taught}{begun}"
        )
        lines += [f"# {change}" for change in CHANGED.findall(told)]
        start = PRETRAINED
    if epochs := _found(EARLIER, told):
        lines.append(
            f"# FIRST: a triplet run of {epochs} epochs from {start or 'nothing'}; the card has no more."
        )
        start = FIRST
    return lines, start


def _caption(artifact: Artifact, recipe: Sequence[Command], trained: str) -> list[str]:
    model = artifact.manifest.model
    if recipe:
        lines = [command.text for command in _before_training(recipe)[0]]
    else:
        cleaning = _found(CLEANING, artifact.card)
        lines = [
            "python -m caption_job.prepare --data DATA --prepared PREP"
            + f" --cleaning {cleaning}" * bool(cleaning),
            "python -m caption_job.features --data DATA --prepared PREP --features FEAT "
            f"--encoder {model['encoder']} --size {model['encoder_size']}",
            f"# prepare's --vocabulary-floor: the vocabulary then has {model['vocabulary_size']} words.",
        ]
    return [
        *lines,
        f"python -m caption_job.train --prepared PREP --features FEAT --run-dir RUN {trained}",
        "python -m caption_job.evaluate --prepared PREP --features FEAT --run-dir RUN",
        "python -m caption_job.publish --prepared PREP --features FEAT --run-dir RUN --artifacts artifacts",
    ]


def _before_training(recipe: Sequence[Command]) -> tuple[list[Command], str]:
    """Everything before the last training, and what that started from."""
    last = max(place for place, command in enumerate(recipe) if command.step == "train")
    return list(recipe[:last]), recipe[last].options.get("start", "")


def _begins_alike(recipe: Sequence[Command], card: str) -> bool:
    """Whether a recipe pretrains and trains before as the card says that it was done."""
    sizes = next((command.options.get("sizes", "") for command in recipe if command.step == "pretrain"), "")
    trainings = sum(command.step == "train" for command in recipe)
    return sizes == _found(SIZES, card) and (trainings > 1) == bool(EARLIER.search(card))


def _found(form: re.Pattern[str], text: str) -> str:
    match = form.search(text)
    return match[1] if match else ""
