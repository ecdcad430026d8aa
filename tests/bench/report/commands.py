"""The commands that make an artifact again, out of its model card. Pure."""

import re

from tests.bench.report.inputs import Artifact, Inputs

KNOB = re.compile(r"^\| (\w+) \| (.*) \|$", re.MULTILINE)
HEADS = "| knob | value |"


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


def of_artifact(artifact: Artifact) -> list[str]:
    """Training with its knobs, then its figures."""
    kind, trained = artifact.manifest.kind, options(knobs(artifact.card))
    if kind == "drml":
        figures = f"python -m drml_job.evaluate --data DATA --artifact {artifact.place}"
        return [f"python -m drml_job.train --packed PACKED --run-dir RUN {trained}".rstrip(), figures]
    return [
        f"python -m caption_job.train --prepared PREP --features FEAT --run-dir RUN {trained}".rstrip(),
        "python -m caption_job.evaluate --prepared PREP --features FEAT --run-dir RUN",
    ]


def of_measurements(inputs: Inputs) -> list[str]:
    """What made the figures of lists, of speed, and this page."""
    quality = "make quality DATA=DATA"
    if run := inputs.quality:
        quality += f' ARGS="--queries {run["queries"]} --listed {run["listed"]} --seed {run["seed"]}"'
    return [quality, "make bench", "make report"]
