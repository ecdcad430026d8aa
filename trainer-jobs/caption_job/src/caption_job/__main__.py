"""The whole job: prepare, features, train, evaluate, publish.

    python -m caption_job --data DATA [--encoder xception] [--weights imagenet] [--epochs 20] [--dry-run] ...

Every step can also be run alone (`python -m caption_job.<step> --help`) and goes on where it stopped. All
knobs of training are options here. Without --data, Flickr8k is downloaded.
"""

import argparse
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from caption_job import (
    drawn_dataset,
    evaluate,
    evaluation,
    features,
    flickr8k,
    pictures,
    prepare,
    publish,
    train,
)
from job_kit.command_line import add_knobs, knobs_from


@dataclass(frozen=True)
class Plan:
    """The knobs of every step of one job."""

    prepare: prepare.Knobs
    features: features.Knobs
    train: train.Knobs
    evaluate: evaluation.Knobs


def rehearsal(plan: Plan) -> Plan:
    """The same steps at a size that takes a minute: some dozen pictures a split at 96 px, random encoder
    weights, a narrow decoder, three epochs."""
    self_critical = min(1, plan.train.self_critical_epochs)
    return Plan(
        replace(plan.prepare, first=48),
        replace(plan.features, size=96, weights="none", batch=16),
        replace(
            plan.train, epochs=3, batch=16, units=32, embedding_dim=32, self_critical_epochs=self_critical
        ),
        replace(plan.evaluate, text_dimension=8, prefix_pictures=20),
    )


def run(data: Sequence[Path], work: Path, artifacts: Path, plan: Plan) -> Path:
    """Returns the artifact's folder."""
    folder, run_dir = work / "prepared", work / "train"
    known = prepare.run(data, folder, plan.prepare)
    found = features.run(data, folder, work / "features", plan.features)
    train.run(known, found, run_dir, plan.train)
    evaluate.run(folder, known, found, run_dir, plan.evaluate)
    stored = pictures.kept(folder, known.fingerprint, found.encoder.size)
    artifact = publish.run(known, found, run_dir, artifacts, datetime.now(UTC), stored=stored)
    print(f"published {artifact}")
    return artifact


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--data", type=Path, nargs="+", help="folders or zip files; default: Flickr8k, downloaded"
    )
    parser.add_argument("--work", type=Path, help="features and checkpoints; default build/caption")
    parser.add_argument("--artifacts", type=Path, default=Path("artifacts"), help="the shared volume")
    parser.add_argument(
        "--dry-run", action="store_true", help="every step for real, on few pictures, in a minute"
    )
    flickr8k.add_options(parser)
    parser.add_argument("--vocabulary-floor", type=int, default=prepare.Knobs().vocabulary_floor)
    parser.add_argument("--cleaning", default=prepare.Knobs().cleaning)
    parser.add_argument("--encoder", default=features.Knobs().encoder)
    parser.add_argument("--weights", default=features.Knobs().weights, help="see caption_job.features")
    parser.add_argument("--size", type=int, default=features.Knobs().size, help="px; 0 = the encoder's own")
    parser.add_argument(
        "--stored-size", type=int, default=features.Knobs().stored_size, help="px; 0 = --size"
    )
    parser.add_argument("--maps", action="store_true", help="also feature maps; attention has them anyway")
    parser.add_argument("--weights-sha256", default="", help="of a file of Keras's weights")
    parser.add_argument("--text-space", default=evaluation.Knobs().text_space)
    parser.add_argument("--beam", type=int, default=evaluation.Knobs().beam)
    parser.add_argument("--length-penalty", type=float, default=evaluation.Knobs().length_penalty)
    add_knobs(parser, train.Knobs())
    values = parser.parse_args()
    knobs = knobs_from(values, train.Knobs())
    maps = values.maps or knobs.decoder == "attention" or knobs.place_features
    plan = Plan(
        prepare.Knobs(values.cleaning, values.vocabulary_floor),
        features.Knobs(
            values.encoder,
            values.size,
            values.stored_size,
            weights=values.weights,
            sha256=values.weights_sha256,
            maps=maps,
        ),
        knobs,
        evaluation.Knobs(
            values.text_space, beam=values.beam, length_penalty=values.length_penalty, seed=values.seed
        ),
    )
    work: Path = values.work or Path("build/caption-dry-run" if values.dry_run else "build/caption")
    data = values.data
    if values.dry_run:
        plan = rehearsal(plan)
        # A rehearsal always starts afresh: what it leaves is of no use to the next one.
        work = work / f"{datetime.now(UTC):%Y%m%dT%H%M%S}"
        if data is None:
            drawn_dataset.write(work / "drawn", count=160)
            data = [work / "drawn"]
    run(data or flickr8k.download(values.downloads, values.sha256), work, values.artifacts, plan)


if __name__ == "__main__":
    main()
