"""The whole job: prepare, pretrain, train, evaluate, publish.

    python -m drml_job [--data DATA] [--epochs 21] [--dry-run] ...
    torchrun --nproc-per-node 4 -m drml_job [--data DATA] ...          several GPUs

Every step can also be run alone (`python -m drml_job.<step> --help`) and goes on where it stopped. Without
DATA, Tiny ImageNet is fetched from its official address, once; a rehearsal draws its own pictures. All knobs
of training are options here; without `--start`, pretraining on the same pictures comes first.
"""

import argparse
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from drml_job import (
    distributed,
    drawn_dataset,
    evaluate,
    evaluation,
    packed,
    prepare,
    pretrain,
    publish,
    tiny_imagenet,
    train,
)
from job_kit.command_line import add_knobs, knobs_from

PRETRAIN = "pretrain"  # the value of --start that asks for pretraining


@dataclass(frozen=True)
class Plan:
    """The knobs of every step of one job."""

    prepare: prepare.Knobs
    pretrain: pretrain.Knobs
    train: train.Knobs
    evaluate: evaluation.Knobs


def rehearsal(plan: Plan) -> Plan:
    """The same steps at a size that takes seconds: 96 pictures a split at 32 px, one epoch of pretraining,
    two of training. Everything else stays as given, so that a job is rehearsed as it will run."""
    unit = 12 if plan.train.mining == "file" else 4 * plan.train.per_class
    return Plan(
        replace(plan.prepare, stored_size=32, first=96, train_triplets=500, val_triplets=200),
        replace(plan.pretrain, sizes="32:1", batch=32, peak_learning_rate=0.05),
        replace(plan.train, epochs=2, epoch_pictures=4 * unit, batch=unit, size=32, monitor_triplets=50),
        replace(plan.evaluate, triplets=1000, farthest_queries=50),
    )


def run(data: Path, work: Path, artifacts: Path, plan: Plan, workers: distributed.Workers) -> Path | None:
    """Returns the artifact's folder, on the first process."""
    packed_folder, run_folder = work / "packed", work / "train"
    if workers.is_first:
        prepare.run(data, packed_folder, plan.prepare)
    workers.wait()
    pictures = packed.load(packed_folder)
    knobs = plan.train
    if knobs.start == PRETRAIN:
        start = work / "pretrain"
        if workers.is_first:
            pretrain.run(pictures, start, plan.pretrain)
        workers.wait()
        knobs = replace(knobs, start=str(start / "checkpoint.safetensors"))
    train.run(pictures, packed_folder, run_folder, knobs, workers)
    if not workers.is_first:
        return None
    evaluate.run_checkpoint(pictures, run_folder, plan.evaluate)
    artifact = publish.run(pictures, run_folder, artifacts, datetime.now(UTC))
    print(f"published {artifact}")
    return artifact


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--data", type=Path, help="Tiny ImageNet (folder or zip) or class folders; default: it is fetched"
    )
    parser.add_argument("--downloads", type=Path, default=tiny_imagenet.DOWNLOADS, help="where it is kept")
    parser.add_argument("--work", type=Path, help="checkpoints and packed pictures; default build/drml")
    parser.add_argument("--artifacts", type=Path, default=Path("artifacts"), help="the shared volume")
    parser.add_argument(
        "--dry-run", action="store_true", help="every step for real, on few pictures, in seconds"
    )
    parser.add_argument(
        "--pretrain-sizes", default=pretrain.Knobs().sizes, help="size:epochs,... of pretraining"
    )
    parser.add_argument("--stored-size", type=int, default=prepare.Knobs().stored_size)
    parser.add_argument("--in-class-negatives", type=float, default=0.0)
    parser.add_argument("--encoder", default=prepare.Knobs().encoder, help="orders in-class triplets")
    add_knobs(parser, replace(train.Knobs(), start=PRETRAIN))
    values = parser.parse_args()
    plan = Plan(
        prepare.Knobs(
            stored_size=values.stored_size,
            in_class_negatives=values.in_class_negatives,
            encoder=values.encoder,
            seed=values.seed,
        ),
        pretrain.Knobs(
            sizes=values.pretrain_sizes,
            architecture=values.architecture,
            precision=values.precision,
            seed=values.seed,
        ),
        knobs_from(values, train.Knobs()),
        evaluation.Knobs(seed=values.seed),
    )
    work: Path = values.work or Path("build/drml-dry-run" if values.dry_run else "build/drml")
    with distributed.joined() as workers:
        if values.dry_run:
            plan = rehearsal(plan)
            # A rehearsal always starts afresh: what it leaves is of no use to the next one.
            work = work / f"{datetime.now(UTC):%Y%m%dT%H%M%S}"
            if values.data is None:
                values.data = work / "drawn"
                drawn_dataset.write(values.data, per_class=60)
        data = tiny_imagenet.unless_given(values.data, values.downloads)
        run(data, work, values.artifacts, plan, workers)


if __name__ == "__main__":
    main()
