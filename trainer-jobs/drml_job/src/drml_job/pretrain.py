"""Pretraining: the trunk learns to tell the classes apart, for sites that reach no ImageNet weights.

Classification on the labelled pictures at hand, on small pictures first and on their full size for the last
epochs (Howard 2018, progressive resizing). Triplet training starts from what comes out.

    python -m drml_job.pretrain --packed PACKED --run-dir RUN [--sizes 48:9,64:5]

RUN/checkpoint.safetensors is written every epoch and every two minutes; the same command goes on where it
stopped.
"""

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import cast

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional
from tqdm import tqdm

from drml_job import checkpoints, devices, packed, run_options, start_weights, teacher
from drml_job.augment import Augmentation, Normalisation, augment
from drml_job.embedding import Presentation
from drml_job.optimisers import descend, set_learning_rate, sgd
from drml_job.progress import SAVE_SECONDS, Progress
from drml_job.resident import Pictures
from drml_job.schedules import parse_sizes
from drml_service.network import Architecture, EmbeddingNetwork, NetworkArguments
from job_kit.command_line import knobs_from
from job_kit.journal import Journal
from job_kit.schedules import learning_rate


@dataclass(frozen=True)
class Knobs:
    """Everything that shapes the result; stored in the checkpoint, and a resumed run must agree with it."""

    sizes: str = (
        "48:9,64:5"  # size:epochs; 48 px costs 0.65 of 64 px, and crops at 48 show objects as 64 px wholes do
    )
    batch: int = (
        256  # the largest that two cores still fill their caches with; smaller ones cost more per picture
    )
    peak_learning_rate: float = 0.4  # 0.1 per 64 pictures, the usual linear rule for ResNets with batch norm
    warmup_share: float = 0.1  # of all steps; without it the first steps at 0.4 diverge
    momentum: float = 0.9
    weight_decay: float = 5e-4  # on weights only: norms and biases have no scale to shrink
    label_smoothing: float = 0.1  # keeps classes at finite distances, which helps ranking as well as accuracy
    crop_probability: float = 1.0
    flip_probability: float = 0.5
    architecture: str = "single"
    teacher_features: str = (
        ""  # a file of drml_job.teacher: the features then also learn to predict the teacher's
    )
    distillation_weight: float = 4.0  # of 1 - cosine, which is near 1 at first where cross-entropy is near 5
    start: str = "none"  # none, or whatever `train --start` takes: to go on with a teacher, say
    start_sha256: str = ""
    precision: str = "auto"
    seed: int = 1


EVALUATION_BATCH = 500


class Classifier(nn.Module):
    """The embedding network's features under a linear head, with a projection onto the teacher's features if
    there is one; the embedding layer is left untrained."""

    def __init__(self, network: EmbeddingNetwork, classes: int, teacher_dim: int = 0) -> None:
        super().__init__()
        self.network = network
        self.head = nn.Linear(network.arguments.feature_dim, classes)
        self.projection = nn.Linear(network.arguments.feature_dim, teacher_dim) if teacher_dim else None

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor | None]:
        """Logits (N, classes) and predicted teacher features (N, teacher_dim)."""
        features = self.network.features(x)
        return self.head(features), None if self.projection is None else self.projection(features)


class Teacher:
    """Features to predict, centred: what all pictures have in common would make every cosine large."""

    def __init__(self, features: NDArray[np.float16], train: NDArray[np.int64]) -> None:
        self._features = features
        self._mean = np.mean(features[train[:: max(1, len(train) // 10_000)]], axis=0, dtype=np.float32)

    @property
    def dim(self) -> int:
        return int(self._features.shape[1])

    def targets(self, rows: NDArray[np.int64]) -> Tensor:
        return torch.from_numpy(self._features[rows].astype(np.float32) - self._mean)


def run(  # noqa: PLR0915  a training script reads top to bottom
    data: packed.Packed,
    directory: Path,
    knobs: Knobs,
    *,
    checkpoint_seconds: float = SAVE_SECONDS,
    amend: bool = False,
) -> Path:
    """Trains to the end, or on from the checkpoint; returns the checkpoint's path."""
    device = devices.choose(knobs.precision)
    torch.manual_seed(knobs.seed)
    rows = data.rows("train")
    mentor = (
        Teacher(teacher.read(Path(knobs.teacher_features), data), rows) if knobs.teacher_features else None
    )
    arguments = NetworkArguments(cast(Architecture, knobs.architecture))
    model = Classifier(EmbeddingNetwork(arguments), len(data.index.classes), mentor.dim if mentor else 0)
    devices.to_channels_last(model.to(device.torch_device))
    trained = (p for name, p in model.named_parameters() if not name.startswith("network.embedding."))
    optimiser = sgd(trained, knobs.momentum, knobs.weight_decay)
    scaler = torch.amp.GradScaler(device.torch_device.type, enabled=device.needs_gradient_scaling)

    sizes = parse_sizes(knobs.sizes)
    steps_per_epoch = max(1, len(rows) // knobs.batch)
    total_steps = steps_per_epoch * len(sizes)
    path = directory / checkpoints.FILE_NAME
    state = checkpoints.begin("pretrain", asdict(knobs), data, arguments.to_json())
    if knobs.teacher_features:
        state["teacher"] = teacher.influence(Path(knobs.teacher_features))
    if path.exists():
        state = checkpoints.resume(path, model, optimiser, state, amend=amend)
    elif knobs.start != "none":
        state["started_from"] = start_weights.fill(
            model.network, knobs.start, knobs.start_sha256, directory, features_only=True
        ).history
    progress = Progress(path, model, optimiser, state, checkpoint_seconds)

    normalise = Normalisation.of(data.index)
    augmentation = Augmentation(knobs.crop_probability, knobs.flip_probability)
    labels, pictures = torch.from_numpy(data.labels), Pictures(data, device)

    def rate_at(position: int) -> float:
        return learning_rate(position, total_steps, knobs.peak_learning_rate, knobs.warmup_share)

    with Journal(directory, progress.epoch) as journal:
        for epoch in range(progress.epoch, len(sizes)):
            order = np.random.default_rng([knobs.seed, epoch]).permutation(rows)
            model.train()
            bar = tqdm(range(progress.step, steps_per_epoch), initial=progress.step, total=steps_per_epoch,
                       desc=f"pretrain {epoch} at {sizes[epoch]} px", mininterval=5)  # fmt: skip
            for step in bar:
                batch = np.sort(order[step * knobs.batch : (step + 1) * knobs.batch])
                position = epoch * steps_per_epoch + step
                generator = torch.Generator().manual_seed(knobs.seed * 1_000_003 + position)
                x = augment(pictures(batch), sizes[epoch], augmentation, normalise, generator)
                set_learning_rate(optimiser, rate_at(position))
                with device.autocast():
                    logits, predicted = model(x.contiguous(memory_format=torch.channels_last))
                target = labels[torch.from_numpy(batch)].to(device.torch_device)
                loss = functional.cross_entropy(logits.float(), target, label_smoothing=knobs.label_smoothing)
                if mentor is not None:
                    taught = mentor.targets(batch).to(device.torch_device)
                    distance = 1 - functional.cosine_similarity(predicted.float(), taught)
                    loss = loss + knobs.distillation_weight * distance.mean()
                descend(optimiser, scaler, loss)
                progress.step_done(float(loss.detach()))
                bar.set_postfix(loss=f"{progress.mean_loss:.3f}", refresh=False)
            if not np.isfinite(progress.mean_loss):
                raise FloatingPointError(
                    f"loss {progress.mean_loss} in epoch {epoch}: lower the learning rate"
                )
            seconds = progress.seconds
            accuracy = top1(model, data, data.rows("val"), Presentation(sizes[epoch], normalise, device))
            figures = {
                "train_loss": progress.mean_loss,
                "val_top1": accuracy,
                "size": sizes[epoch],
                "seconds": seconds,
            }
            journal.write(epoch, figures | {"learning_rate": rate_at((epoch + 1) * steps_per_epoch - 1)})
            progress.epoch_done()
            progress.save()
    return path


@torch.inference_mode()
def top1(model: Classifier, data: packed.Packed, rows: NDArray[np.int64], shown: Presentation) -> float:
    """Share of whole, unaugmented pictures whose most likely class is theirs; nan for no pictures."""
    model.eval()
    correct = 0
    for start in range(0, len(rows), EVALUATION_BATCH):
        chosen = rows[start : start + EVALUATION_BATCH]
        x = shown(data.pictures[chosen])
        with shown.device.autocast():
            logits, _ = model(x)
        correct += int((logits.argmax(1).cpu().numpy() == data.labels[chosen]).sum())
    return correct / len(rows) if len(rows) else float("nan")


def main() -> None:
    values = run_options.parser(__doc__, Knobs()).parse_args()
    knobs = knobs_from(values, Knobs())
    run(
        packed.load(values.packed),
        values.run_dir,
        knobs,
        checkpoint_seconds=values.checkpoint_seconds,
        amend=values.amend,
    )


if __name__ == "__main__":
    main()
