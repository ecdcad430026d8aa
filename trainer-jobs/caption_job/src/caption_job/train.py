"""Training: a decoder learns to say captions from features, one whole caption a step.

    python -m caption_job.train --prepared PREP --features FEAT --run-dir RUN [--decoder merge] ...

RUN/checkpoint.safetensors is written every epoch, RUN/best.safetensors and the decoder as it serves where the
validation loss is lowest; the same command goes on where it stopped. RUN/metrics.jsonl, TensorBoard and
curves.png show loss and token accuracy of both sets, without dropout, after every epoch.
`--self-critical-epochs` adds epochs that reward whole sentences; they start from the best weights.
"""

import argparse
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from caption_job import decoders, feature_files, network_state, prepared, self_critical, word_vectors
from caption_job.sentences import Sentences
from caption_job.teaching import Teaching, features_of, with_guesses
from caption_job.trained import keep_best
from caption_service.artifact_files import DECODER
from caption_service.decoder import takes_map
from job_kit import curves
from job_kit.command_line import add_knobs, knobs_from
from job_kit.journal import Journal
from job_kit.schedules import learning_rate


@dataclass(frozen=True)
class Knobs:
    """Everything that shapes the result; stored in the checkpoint, and a resumed run must agree with it."""

    decoder: str = "merge"  # the report's; init-inject | attention | transformer
    epochs: int = 20  # the report's
    batch: int = 64  # captions a step
    units: int = 256  # the report's, for both the picture and the LSTM
    embedding_dim: int = 256
    max_length: int = 32  # words of a sentence, its end counted; the report's
    dropout: float = 0.5  # the report's
    peak_learning_rate: float = 1e-3  # Adam's customary one
    warmup_share: float = 0.02
    gradient_norm: float = 5.0  # an LSTM's gradients rarely exceed 2; what does is an accident
    label_smoothing: float = 0.0
    sampled_words: float = (
        0.0  # share of input words replaced by the network's own, reached linearly at the end
    )
    pretrained_words: str = (
        ""  # a file of word vectors, `word number number ...` a line, embedding_dim numbers
    )
    layers: int = 2  # transformer only, as the next two
    heads: int = 4
    feedforward: int = 1024
    place_features: bool = False  # transformer: look at the map instead of the pooled features
    self_critical_epochs: int = 0
    self_critical_rate: float = 5e-5
    monitor_pictures: int = 1000  # of the training split, for its loss and accuracy after every epoch
    seed: int = 1


CURVES = {
    "loss": {"train_loss": "training", "val_loss": "validation"},
    "token accuracy": {"train_accuracy": "training", "val_accuracy": "validation"},
}


def run(
    data: prepared.Prepared,
    features: feature_files.Features,
    directory: Path,
    knobs: Knobs,
    *,
    stop_after: int = 0,
) -> Path:
    """Trains to the end, or on from the checkpoint; returns the path of the best decoder.

    `stop_after` ends this call after so many epochs, for machines that are lent by the hour; 0 goes on.
    """
    if features.data != data.fingerprint:
        raise ValueError("these features are of other pictures: run features again")
    keras.utils.set_random_seed(knobs.seed)
    arguments = model_arguments(data, features, knobs)
    inputs = features.inputs(takes_map(arguments))
    network = decoders.build(arguments, knobs.dropout)
    teaching = Teaching(network, knobs.label_smoothing, knobs.gradient_norm)
    state: dict[str, Any] = {
        "kind": "caption",
        "knobs": asdict(knobs),
        "arguments": arguments,
        "data": data.fingerprint,
        "encoder": features.history,
        "epoch": 0,
        "best_loss": float("inf"),
        "best_epoch": -1,
    }
    checkpoint = directory / network_state.CHECKPOINT
    if checkpoint.exists():
        state = resume(checkpoint, network, state)
    elif knobs.pretrained_words:
        share = word_vectors.fill(network, Path(knobs.pretrained_words), data.words, knobs.seed)
        print(f"pretrained vectors for {share:.0%} of the words")

    train = Sentences.of(data, data.rows("train"), knobs.max_length)
    # Spread over the split, the same in every epoch.
    spread = np.linspace(0, len(data.rows("train")) - 1, min(knobs.monitor_pictures, len(data.rows("train"))))
    monitored = {
        "train": Sentences.of(data, data.rows("train")[spread.astype(int)], knobs.max_length),
        "val": Sentences.of(data, data.rows("val"), knobs.max_length),
    }
    steps = -(-len(train.lengths) // knobs.batch)
    with Journal(directory, state["epoch"]) as journal:
        last = min(knobs.epochs, state["epoch"] + stop_after) if stop_after else knobs.epochs
        while state["epoch"] < last:
            epoch, started = state["epoch"], time.monotonic()
            sampled = knobs.sampled_words * epoch / max(1, knobs.epochs - 1)
            batches = train.shuffled(knobs.batch, (knobs.seed, epoch))
            bar = tqdm(batches, total=steps, desc=f"train {epoch}", mininterval=5)
            for step, batch in enumerate(bar):
                position = epoch * steps + step
                rate = learning_rate(
                    position, steps * knobs.epochs, knobs.peak_learning_rate, knobs.warmup_share
                )
                own = features_of(inputs, batch)
                if sampled:
                    guesses = teaching.guesses(own, batch)
                    batch = with_guesses(batch, guesses, sampled, (knobs.seed, position))  # noqa: PLW2901
                teaching.step(own, batch, rate)
            seconds = time.monotonic() - started
            figures = measure(teaching, inputs, monitored)
            if not np.isfinite(figures["val_loss"]):
                raise FloatingPointError(
                    f"loss {figures['val_loss']} in epoch {epoch}: lower the learning rate"
                )
            better = figures["val_loss"] < state["best_loss"]
            state |= {"epoch": epoch + 1}
            if better:
                state |= {"best_loss": figures["val_loss"], "best_epoch": epoch}
                keep_best(directory, network, state)
            journal.write(epoch, figures | {"seconds": seconds})
            network_state.save(checkpoint, network, state)
            curves.draw(directory / "metrics.jsonl", directory / "curves.png", CURVES)
    if knobs.self_critical_epochs and state["epoch"] >= knobs.epochs:
        plan = self_critical.Plan(knobs.self_critical_epochs, knobs.self_critical_rate, knobs.seed)
        judges = [self_critical.Judge(data, inputs, data.rows(s), arguments) for s in ("train", "val")]
        self_critical.run(teaching, (judges[0], judges[1]), state, directory, plan)
    return directory / DECODER


def model_arguments(
    data: prepared.Prepared, features: feature_files.Features, knobs: Knobs
) -> dict[str, bool | int | float | str]:
    """The manifest's model: what rebuilds encoder and decoder."""
    arguments: dict[str, bool | int | float | str] = {
        **features.encoder.to_json(),
        "decoder": knobs.decoder,
        "units": knobs.units,
        "embedding_dim": knobs.embedding_dim,
        "max_length": knobs.max_length,
        "vocabulary_size": data.words.size,
    }
    if knobs.decoder == "transformer":
        places = "map" if knobs.place_features else "pooled"
        arguments |= {
            "layers": knobs.layers,
            "heads": knobs.heads,
            "feedforward": knobs.feedforward,
            "features": places,
        }
    return arguments


def measure(
    teaching: Teaching, inputs: NDArray[np.floating[Any]], sets: dict[str, Sentences]
) -> dict[str, float]:
    """`<set>_loss` and `<set>_accuracy` of each set."""
    figures = {}
    for name, sentences in sets.items():
        figures[f"{name}_loss"], figures[f"{name}_accuracy"] = teaching.figures(inputs, sentences)
    return figures


def resume(path: Path, network: keras.Model, state: dict[str, Any]) -> dict[str, Any]:
    """Restores the run that `state` begins; ValueError where the checkpoint is of another one."""
    _, stored = network_state.read(path)
    if differing := [key for key in ("kind", "arguments", "data", "knobs") if stored.get(key) != state[key]]:
        raise ValueError(f"{path} belongs to another run: {', '.join(differing)} differ. Give another folder")
    tqdm.write(f"resuming after epoch {stored['epoch']}")
    return network_state.restore(path, network)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--prepared", type=Path, required=True)
    parser.add_argument("--features", type=Path, required=True)
    parser.add_argument("--run-dir", type=Path, required=True)
    parser.add_argument("--stop-after", type=int, default=0, help="epochs in this call; 0 = to the end")
    add_knobs(parser, Knobs())
    values = parser.parse_args()
    data, features = prepared.load(values.prepared), feature_files.load(values.features)
    run(data, features, values.run_dir, knobs_from(values, Knobs()), stop_after=values.stop_after)


if __name__ == "__main__":
    main()
