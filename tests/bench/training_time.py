"""`train.seconds_to_accuracy`: how long the job trains to order pictures well, and how long a plain loop.

    python -m tests.bench.training_time --data DATA [--accuracy 0.75] [--pictures 20000] [--most-epochs 40]

Both arms of `tests.bench.training`: the same network from the same random weights, the same batches in the
same order, the same learning rate; an epoch of one, an epoch of the other. After each, the same drawn
validation triplets tell how often the same class is nearer than another; that costs both the same and is not
counted. An arm is there when its accuracy has reached what is asked; the value is the seconds it had trained
by then. Neither arm is likely to be there after the same number of pictures: crops differ, and so does the
order in which rounding falls. So `pictures_per_s` stands beside it, which such luck does not touch.

With fewer pictures and classes than the starter saw, the accuracy asked here is below the starter's: its own
took hours (`starter` of `train.images_per_s`).
"""

import argparse
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch

from drml_job import devices, losses, prepare, triplets
from drml_job.augment import Normalisation
from drml_job.batches import Batches
from drml_job.devices import Device
from drml_job.embedding import Presentation
from drml_job.monitoring import triplet_figures
from drml_job.packed import Packed
from job_kit.sources import Source, open_source
from tests.bench.bench_file import finish
from tests.bench.training_arms import KNOBS, Arm, Files, PlainLoop, Rows, ours, per_class, timed

NAME = "train.seconds_to_accuracy"


@dataclass
class Course:
    """What an arm has done so far: seconds of training, pictures, and the accuracy after each epoch."""

    seconds: list[float] = field(default_factory=list)
    accuracy: list[float] = field(default_factory=list)

    def epoch(self, seconds: float, accuracy: float) -> None:
        """One more."""
        self.seconds.append(seconds + (self.seconds[-1] if self.seconds else 0.0))
        self.accuracy.append(accuracy)

    def reached(self, accuracy: float) -> float | None:
        """Seconds until it was this good, or None."""
        return next((s for s, a in zip(self.seconds, self.accuracy, strict=True) if a >= accuracy), None)


def measure(
    source: Source, data: Packed, prepared: Path, *, accuracy: float, epoch_pictures: int, most_epochs: int
) -> dict[str, Any]:
    """The entry of bench.json. Raises RuntimeError where an arm did not get there in `most_epochs`."""
    device = devices.choose()
    in_float32 = Device(device.torch_device, torch.float32)
    fast, slow = Arm.begin(data, device), Arm.begin(data, in_float32)
    devices.to_channels_last(fast.model)
    loop = PlainLoop(Files(source, data, KNOBS.size), in_float32)
    plan = Batches("batch", KNOBS.batch, per_class(data), epoch_pictures, seed=1)
    asked = triplets.read(prepared / "triplets-val.txt", data.index.paths)
    arms: dict[str, tuple[Arm, Callable[[Sequence[Rows]], float]]] = {
        "ours": (fast, lambda batches: timed(fast, ours(data, device, batches))[0]),
        "plain": (slow, lambda batches: timed(slow, loop.of(batches))[0]),
    }
    courses = {name: Course() for name in arms}
    trained = 0
    for number in range(most_epochs):
        batches = list(plan.of_epoch(data, np.zeros((0, 3), dtype=np.int64), number))
        trained += len(batches) * KNOBS.batch
        for name, (arm, train) in arms.items():
            seconds = train(batches)
            found = accuracy_of(arm, data, asked)
            courses[name].epoch(seconds, found)
            print(f"epoch {number} {name}: {seconds:.0f} s, accuracy {found:.4f}", flush=True)
        if all(course.reached(accuracy) is not None for course in courses.values()):
            break
    times = {name: course.reached(accuracy) for name, course in courses.items()}
    if late := [name for name, seconds in times.items() if seconds is None]:
        raise RuntimeError(f"{' and '.join(late)} did not reach {accuracy} in {most_epochs} epochs")
    return {
        "name": NAME,
        "value": times["ours"],
        "unit": "s",
        "baseline": times["plain"],
        "ours": times["ours"],
        "detail": {
            "accuracy": accuracy,
            "triplets": len(asked),
            "pictures_per_s": {name: trained / course.seconds[-1] for name, course in courses.items()},
            "after_each_epoch": {
                name: {"seconds": course.seconds, "accuracy": course.accuracy}
                for name, course in courses.items()
            },
            "epoch_pictures": trained // len(courses["ours"].seconds),
            "data": f"{len(data.rows('train'))} pictures of {len(data.index.classes)} classes",
            "device": str(device.torch_device),
            "precision": str(device.precision).removeprefix("torch."),
            "loader_workers": loop.workers,
            "threads": torch.get_num_threads(),
            "size": KNOBS.size,
            "batch": KNOBS.batch,
        },
    }


def accuracy_of(arm: Arm, data: Packed, asked: Rows) -> float:
    """The share of the triplets (n, 3) that the network orders rightly, as whole unaugmented pictures."""
    shown = Presentation(KNOBS.size, Normalisation.of(data.index), arm.device)
    shape = losses.TripletLoss("softplus", KNOBS.gap, KNOBS.temperature)
    found = triplet_figures(arm.model.network, data, asked, shown, shape)[1]
    arm.model.train()  # embedding leaves the network in evaluation mode
    return found


def main() -> int:
    """Measure, write, print."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--data", type=Path, required=True, help="what the job takes")
    parser.add_argument("--out", type=Path, default=Path("build"))
    parser.add_argument("--accuracy", type=float, default=0.75)
    parser.add_argument("--pictures", type=int, default=20_000, help="of the training split, at most")
    parser.add_argument("--epoch-pictures", type=int, default=9_600)
    parser.add_argument("--most-epochs", type=int, default=40)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        prepared = Path(folder) / "packed"
        knobs = prepare.Knobs(first=asked.pictures, train_triplets=10, val_triplets=5_000)
        data = prepare.run(asked.data, prepared, knobs)
        entry = measure(
            open_source(asked.data),
            data,
            prepared,
            accuracy=asked.accuracy,
            epoch_pictures=asked.epoch_pictures,
            most_epochs=asked.most_epochs,
        )
    return finish([entry], asked.out)


if __name__ == "__main__":
    sys.exit(main())
