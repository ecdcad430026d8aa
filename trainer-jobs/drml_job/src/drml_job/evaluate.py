"""Evaluating: every figure of retrieval and divergence on the validation pictures, beside the untrained
network's.

    python -m drml_job.evaluate --packed PACKED --run-dir RUN [--mirror]   a finished run of train
    python -m drml_job.evaluate --packed PACKED --artifact ARTIFACT    a published artifact, as it is served
    python -m drml_job.evaluate --data DATA --artifact ARTIFACT        the same, packing DATA first

Prints the table; writes panels.jpg, and for a run evaluation.json, into the run's folder (an artifact's into
--out).
"""

import argparse
import json
import tempfile
from pathlib import Path

from drml_job import checkpoints, devices, evaluation, packed, panels, prepare, provenance, trained
from drml_job.embedding import embed_rows
from job_kit.command_line import add_knobs, knobs_from
from job_kit.hashes import sha256_of

PANEL_QUERIES = 8


def run(
    data: packed.Packed, model: trained.Trained, target: Path, knobs: evaluation.Knobs
) -> dict[str, float]:
    """The trained network's figures, with the untrained one's under `untrained_*`.

    Float32 throughout, as served. Peak memory: two copies of N x 4096 float32, 330 MB for 10,000 pictures.
    """
    device = devices.choose("float32")
    rows = data.rows("val")
    labels = data.labels[rows]
    columns: dict[str, dict[str, float]] = {}
    for candidate in (model, trained.untrained(model, knobs.seed)):
        shown = candidate.shown_on(device)
        e = embed_rows(candidate.network, data, rows, shown, f"embed {candidate.name}")
        columns[candidate.name] = evaluation.figures(e, labels, knobs)
        if candidate is model:
            queries = panels.choose(labels, PANEL_QUERIES, knobs.seed)
            target.mkdir(parents=True, exist_ok=True)
            sheet = panels.nearest_and_farthest(data, rows, e, queries, evaluation.LISTED)
            panels.save(sheet, target / "panels.jpg")
    print(f"{model.name}: {provenance.described(model.seen_imagenet)}")
    print(evaluation.table(columns))
    return columns[model.name] | {f"untrained_{name}": value for name, value in columns["untrained"].items()}


def run_checkpoint(
    data: packed.Packed, directory: Path, knobs: evaluation.Knobs, *, mirror: bool = False
) -> dict[str, float]:
    """Figures of a run, written beside its checkpoint together with the hash of that very checkpoint.

    With `mirror` every picture is averaged with its mirror image; publishing then serves it so."""
    path = directory / checkpoints.FILE_NAME
    model = trained.from_checkpoint(path, mirror=mirror)
    figures = run(data, model, directory, knobs)
    document = {
        "checkpoint": sha256_of(path),
        "mirror": mirror,
        "weights": provenance.described(model.seen_imagenet),
        "figures": figures,
    }
    (directory / "evaluation.json").write_text(json.dumps(document, indent=2) + "\n")
    return figures


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    pictures = parser.add_mutually_exclusive_group(required=True)
    pictures.add_argument("--packed", type=Path)
    pictures.add_argument("--data", type=Path)
    network = parser.add_mutually_exclusive_group(required=True)
    network.add_argument("--run-dir", type=Path)
    network.add_argument("--artifact", type=Path, help="a published artifact's folder")
    parser.add_argument(
        "--mirror", action="store_true", help="average every picture with its mirror image; of a run"
    )
    parser.add_argument("--out", type=Path, default=Path("build/evaluation"))
    add_knobs(parser, evaluation.Knobs())
    values = parser.parse_args()
    if values.run_dir and not values.packed:
        parser.error("--run-dir needs --packed: a run is evaluated on the pictures it was prepared with")
    if values.artifact and values.mirror:
        parser.error("--mirror is of a run: an artifact says itself how it is served")
    knobs = knobs_from(values, evaluation.Knobs())
    if values.run_dir:
        run_checkpoint(packed.load(values.packed), values.run_dir, knobs, mirror=values.mirror)
        return
    model = trained.from_artifact(values.artifact)
    if values.packed:
        run(packed.load(values.packed), model, values.out, knobs)
        return
    with tempfile.TemporaryDirectory() as scratch:
        data = prepare.run(
            values.data, Path(scratch), prepare.Knobs(stored_size=model.size, train_triplets=1000)
        )
        run(data, model, values.out, knobs)


if __name__ == "__main__":
    main()
