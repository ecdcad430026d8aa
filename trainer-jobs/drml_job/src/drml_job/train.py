"""Training: the embedding learns from triplets, three pictures through the one network.

    l = max(0, g + D(q, p+) - D(q, p-)),  D Euclidean, g = 1.0

    python -m drml_job.train --packed PACKED --run-dir RUN [--start CHECKPOINT] [--epochs 21] ...
    torchrun --nproc-per-node 4 -m drml_job.train ...            several GPUs

RUN/checkpoint.safetensors is written every epoch and every two minutes; the same command goes on where it
stopped. RUN/metrics.jsonl, TensorBoard and curves.png show loss and triplet accuracy on training and
validation triplets.
"""

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import cast

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional
from tqdm import tqdm

from drml_job import (
    checkpoints,
    devices,
    distributed,
    losses,
    packed,
    run_options,
    start_weights,
    triplets,
)
from drml_job.augment import Augmentation, Normalisation, augment
from drml_job.batches import Batches
from drml_job.embedding import Presentation
from drml_job.monitoring import CURVES, triplet_figures
from drml_job.optimisers import descend, set_learning_rate, sgd
from drml_job.progress import SAVE_SECONDS, Progress
from drml_job.resident import Pictures
from drml_job.triplet_model import TripletModel
from drml_service.network import Architecture, NetworkArguments
from job_kit import curves
from job_kit.command_line import knobs_from
from job_kit.journal import Journal
from job_kit.schedules import learning_rate


@dataclass(frozen=True)
class Knobs:
    """Everything that shapes the result; stored in the checkpoint, and a resumed run must agree with it."""

    epochs: int = 21  # the report's
    epoch_pictures: int = 100_000  # pictures drawn an epoch, with repeats; fewer fit a slow machine's time
    batch: int = (
        240  # pictures a step: 80 triplets of a file, or 60 classes of 4; must divide by 3 or per_class
    )
    size: int = 64  # px; more than the stored size only blurs
    mining: str = (
        "file"  # file: the report's pre-computed triplets | batch: each step finds its own in its pictures
    )
    batch_triplets: str = "all"  # with mining batch: all | semi-hard
    per_class: int = 4  # with mining batch: pictures of one class in a step; 4 gives each query 3 positives
    loss: str = "hinge"  # hinge: the report's | softplus: its smooth form, which keeps pulling past the gap
    gap: float = 1.0  # g; the report's
    temperature: float = 1.0  # with softplus: width of the rounded corner, in units of distance
    triplet_weight: float = 1.0  # with normalise 20: distances in 0..2 pull 40 times less than cross-entropy
    classification_weight: float = (
        0.0  # of a cross-entropy beside the triplets; keeps features from collapsing
    )
    label_smoothing: float = 0.1
    peak_learning_rate: float = (
        0.02  # a twentieth of pretraining's: the trunk is to be bent, not learned anew
    )
    warmup_share: float = 0.05
    momentum: float = 0.9
    weight_decay: float = 5e-4  # the L2 coefficient
    crop_probability: float = 0.8
    flip_probability: float = 0.5
    architecture: str = "single"
    normalise: bool = False  # e / |e|: distances then lie in 0..2, and the gap should be far below 1
    embedding_dim: int = 4096
    start: str = (
        # none | imagenet | starter | an artifact's folder | a checkpoint of this job | torchvision's file
        "none"
    )
    start_sha256: str = ""  # of a file of torchvision's: eight digits or more, required
    monitor_triplets: int = (
        1000  # of each split, after every epoch: +-0.9 % at 0.9 accuracy, 8 s on two cores
    )
    precision: str = "auto"
    seed: int = 1


def run(  # noqa: PLR0915  a training script reads top to bottom
    data: packed.Packed,
    prepared: Path,
    directory: Path,
    knobs: Knobs,
    workers: distributed.Workers,
    *,
    checkpoint_seconds: float = SAVE_SECONDS,
    amend: bool = False,
) -> Path:
    """Trains to the end, or on from the checkpoint; returns the checkpoint's path. `prepared` holds the
    triplets."""
    check(knobs)
    files = {
        split: triplets.read(prepared / f"triplets-{split}.txt", data.index.paths)
        for split in ("train", "val")
    }
    device = devices.choose(knobs.precision, workers.count)
    torch.manual_seed(knobs.seed)
    arguments = NetworkArguments(cast(Architecture, knobs.architecture), knobs.embedding_dim, knobs.normalise)
    model = TripletModel(arguments, len(data.index.classes) if knobs.classification_weight > 0 else 0)
    devices.to_channels_last(model.to(device.torch_device))
    optimiser = sgd(model.parameters(), knobs.momentum, knobs.weight_decay)
    scaler = torch.amp.GradScaler(device.torch_device.type, enabled=device.needs_gradient_scaling)
    path = directory / checkpoints.FILE_NAME
    state = checkpoints.begin("train", asdict(knobs), data, arguments.to_json())
    if path.exists():
        state = checkpoints.resume(path, model, optimiser, state, amend=amend)
    else:
        start = start_weights.fill(model.network, knobs.start, knobs.start_sha256, directory)
        model.start_head(start.head)
        state["started_from"] = start.history
        if knobs.mining == "file":
            state["triplets"] = triplets.about(prepared)
    workers.wait()
    parallel = workers.wrap(model)
    progress = Progress(path, model, optimiser, state, checkpoint_seconds, active=workers.is_first)

    loss_shape = losses.TripletLoss(cast(losses.Shape, knobs.loss), knobs.gap, knobs.temperature)
    normalise = Normalisation.of(data.index)
    shown = Presentation(knobs.size, normalise, device)
    augmentation = Augmentation(knobs.crop_probability, knobs.flip_probability)
    labels, pictures = torch.from_numpy(data.labels), Pictures(data, device)
    plan = Batches(knobs.mining, knobs.batch, knobs.per_class, knobs.epoch_pictures, knobs.seed)
    steps = plan.steps

    def rate_at(position: int) -> float:
        return learning_rate(position, steps * knobs.epochs, knobs.peak_learning_rate, knobs.warmup_share)

    with Journal(directory, progress.epoch, active=workers.is_first) as journal:
        for epoch in range(progress.epoch, knobs.epochs):
            batches = plan.of_epoch(data, files["train"], epoch)
            model.train()
            bar = tqdm(range(progress.step, steps), initial=progress.step, total=steps, mininterval=5,
                       desc=f"train {epoch}", disable=not workers.is_first)  # fmt: skip
            for step in bar:
                position = epoch * steps + step
                batch = plan.own_share(batches[step], workers)
                generator = torch.Generator().manual_seed(
                    (knobs.seed * 1_000_003 + position) * workers.count + workers.rank
                )
                x = augment(pictures(batch), knobs.size, augmentation, normalise, generator)
                set_learning_rate(optimiser, rate_at(position))
                e, logits = parallel(x, device)
                loss = loss_of(e, logits, labels[torch.from_numpy(batch)].to(e.device), loss_shape, knobs)
                descend(optimiser, scaler, loss)
                progress.step_done(float(loss.detach()))
                bar.set_postfix(loss=f"{progress.mean_loss:.4f}", refresh=False)
            batch_loss = workers.mean(progress.mean_loss, device.torch_device)
            if not np.isfinite(batch_loss):
                raise FloatingPointError(f"loss {batch_loss} in epoch {epoch}: lower the learning rate")
            figures = {
                "batch_loss": batch_loss,
                "learning_rate": rate_at((epoch + 1) * steps - 1),
                "seconds": progress.seconds,
            }
            progress.epoch_done()
            if workers.is_first:
                for split, file in files.items():
                    figures[f"{split}_loss"], figures[f"{split}_triplet_accuracy"] = triplet_figures(
                        model.network, data, file[: knobs.monitor_triplets], shown, loss_shape
                    )
                journal.write(epoch, figures)
                progress.save()
                curves.draw(directory / "metrics.jsonl", directory / "curves.png", CURVES)
            workers.wait()
    return path


def check(knobs: Knobs) -> None:
    """ValueError on knobs that do not fit together, before anything is loaded."""
    for name, allowed in (("mining", ("file", "batch")), ("batch_triplets", ("all", "semi-hard"))):
        if getattr(knobs, name) not in allowed:
            raise ValueError(f"{name} is one of {', '.join(allowed)}, not {getattr(knobs, name)!r}")
    unit = 3 if knobs.mining == "file" else knobs.per_class
    if knobs.batch < 2 * unit or knobs.batch % unit:
        raise ValueError(f"a batch of {knobs.batch} does not divide into parts of {unit}")


def loss_of(
    e: Tensor, logits: Tensor | None, labels: Tensor, shape: losses.TripletLoss, knobs: Knobs
) -> Tensor:
    """The batch's loss: over the given triplets (three equal parts of the batch), or over mined ones."""
    if knobs.mining == "file":
        query, positive, negative = e.chunk(3)
        near, far = losses.distances(query, positive), losses.distances(query, negative)
    else:
        matrix = losses.distance_matrix(e)
        if knobs.batch_triplets == "semi-hard":
            near, far = losses.semi_hard_triplets(matrix, e, labels, knobs.gap)
        else:
            near, far = losses.all_triplets(matrix, labels)
    loss = knobs.triplet_weight * shape.of_active(near, far)
    if logits is None:
        return loss
    return loss + knobs.classification_weight * functional.cross_entropy(
        logits, labels, label_smoothing=knobs.label_smoothing
    )


def main() -> None:
    values = run_options.parser(__doc__, Knobs()).parse_args()
    knobs = knobs_from(values, Knobs())
    with distributed.joined() as workers:
        run(
            packed.load(values.packed),
            values.packed,
            values.run_dir,
            knobs,
            workers,
            checkpoint_seconds=values.checkpoint_seconds,
            amend=values.amend,
        )


if __name__ == "__main__":
    main()
