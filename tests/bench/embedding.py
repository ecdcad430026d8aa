"""`embed.speedup`, `embed.drift`: the served encoder beside eager torch in float32, on the same inputs.

    python -m tests.bench.embedding [--data DATA] [--out build] [--rounds 40] [--threads 1 2] [--pictures 256]

Both arms go from prepared pictures to the vectors that the index keeps. They take turns, a few calls each, so
that either finds its own weights in the cache as it does where it serves alone. The limit beside them: the
network's multiplications over what the machine reaches in that precision in the same run. Drift is over drawn
pictures, over those of DATA, and what publishing measured over held-out ones; the worst counts, and more than
is admitted fails the bench.
"""

import argparse
import os
import sys
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from diversity_contracts.manifest import Manifest, verify
from diversity_contracts.pictures import decode
from drml_service.artifact import STARTER
from drml_service.encoder import NetworkEncoder
from drml_service.openvino_graph import features_graph
from drml_service.openvino_network import supported
from drml_service.precision import LARGEST_DRIFT
from drml_service.runtimes import Rebuilt
from tests.bench.bench_file import WORSE, at_most, finish
from tests.bench.limits import least_ms, multiplications, peaks_gflops
from tests.bench.photographs import photographs
from tests.bench.turns import medians_ms
from tests.fakes.drawn import draw

# Two ways to the same numbers, rounded to 24 bits at each of 20 layers.
FLOAT32_DRIFT = 1e-6
BATCH = 32


def encoders(manifest: Manifest, folder: Path, threads: int) -> dict[str, NetworkEncoder]:
    """By name: torch, then OpenVINO in every precision it can serve here."""
    found = {"torch": NetworkEncoder.load(folder, manifest, threads=threads, runtime="torch")}
    for precision in sorted({"float32", *supported()}):
        encoder = NetworkEncoder.load(
            folder, manifest, threads=threads, runtime="openvino", precision=precision
        )
        if encoder.precision == precision:
            found[precision] = encoder
    found["auto"] = NetworkEncoder.load(folder, manifest, threads=threads)
    return found


def multiplied(folder: Path, manifest: Manifest) -> int:
    """Of one picture through the network, its mirror image counted where it has one."""
    network = Rebuilt.of(folder, manifest)
    return multiplications(features_graph(network.arguments, network.weights, network.size))


def speeds(folder: Path, manifest: Manifest, threads: int, rounds: int) -> dict[str, Any]:
    """Milliseconds of each arm at one picture and at a batch, and the limits."""
    arms = encoders(manifest, folder, threads)
    inputs = [arms["torch"].prepare(draw(number, size=(96, 80))) for number in range(BATCH)]
    one = medians_ms({name: partial(e.encode, inputs[:1]) for name, e in arms.items()}, rounds)
    many = medians_ms({name: partial(e.encode, inputs) for name, e in arms.items()}, max(3, rounds // 10))
    peaks, count = peaks_gflops(threads), multiplied(folder, manifest)
    limits = {name: least_ms(count, gflops) for name, gflops in peaks.items()}
    auto = arms["auto"].precision
    return {
        "threads": threads,
        "auto": auto,
        "batch_1_ms": one,
        "batch_32_ms_a_picture": {name: ms / BATCH for name, ms in many.items()},
        "peak_gflops": peaks,
        "limit_ms_a_picture": limits,
        "of_the_limit_at_batch_32": limits[auto] / (many["auto"] / BATCH),
        "speedup": one["torch"] / one["auto"],
        "speedup_in_float32": one["torch"] / one["float32"],
        "batch_32_speedup": many["torch"] / many["auto"],
    }


def drift(arms: Mapping[str, NetworkEncoder], pictures: Sequence[Image.Image]) -> dict[str, float]:
    """The worst cosine distance to eager torch over `pictures`, by precision."""
    inputs = [arms["torch"].prepare(picture) for picture in pictures]

    def embeddings(encoder: NetworkEncoder) -> NDArray[np.float64]:
        parts = [encoder.encode(inputs[start : start + BATCH]) for start in range(0, len(inputs), BATCH)]
        found = encoder.lift(np.concatenate(parts))
        unit: NDArray[np.float64] = found / np.linalg.norm(found, axis=1, keepdims=True)
        return unit

    expected = embeddings(arms["torch"])
    return {
        name: float((1 - (expected * embeddings(encoder)).sum(1)).max())
        for name, encoder in arms.items()
        if name != "torch"
    }


def drift_entry(folder: Path, manifest: Manifest, data: Path | None, count: int) -> dict[str, Any]:
    """`embed.drift`, with what is wrong where it is more than is admitted."""
    arms = encoders(manifest, folder, 1)
    kinds = {"drawn": [draw(number, size=(120, 90)) for number in range(count)]}
    if data is not None:
        kinds[data.name] = [decode(one).image for one in photographs(data, count)]
    found = {name: drift(arms, pictures) for name, pictures in kinds.items()}
    precision = arms["auto"].precision
    here = max(worst["auto"] for worst in found.values())
    value = max(here, manifest.drift.get(precision, 0.0))
    exact = max(worst["float32"] for worst in found.values())
    return {
        "name": "embed.drift",
        "value": value,
        "unit": "share",
        "baseline": 0.0,
        "ours": here,
        "detail": {
            WORSE: at_most("the drift", value, LARGEST_DRIFT)
            + at_most("the drift in float32", exact, FLOAT32_DRIFT),
            "precision": precision,
            "over": found,
            "pictures_of_each": {name: len(pictures) for name, pictures in kinds.items()},
            "measured_at_publishing": manifest.drift,
        },
    }


def main() -> int:
    """Measure, write, print; 1 where the drift is more than is admitted."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--out", type=Path, default=Path("build"))
    parser.add_argument("--data", type=Path)
    parser.add_argument("--artifact", type=Path, default=STARTER)
    parser.add_argument("--rounds", type=int, default=40)
    parser.add_argument("--threads", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--pictures", type=int, default=256, help="of embed.drift, of each kind")
    asked = parser.parse_args()
    manifest = verify(asked.artifact, "drml")
    by_threads = [speeds(asked.artifact, manifest, threads, asked.rounds) for threads in asked.threads]
    first = by_threads[0]
    speed = {
        "name": "embed.speedup",
        "value": first["speedup"],
        "unit": "x",
        "baseline": first["batch_1_ms"]["torch"],
        "ours": first["batch_1_ms"]["auto"],
        "detail": {
            "artifact": manifest.version,
            "data": f"{BATCH} drawn pictures, prepared",
            "by_threads": by_threads,
            "rounds": asked.rounds,
            "cores": os.cpu_count(),
            "load_average": os.getloadavg()[0],
        },
    }
    return finish([speed, drift_entry(asked.artifact, manifest, asked.data, asked.pictures)], asked.out)


if __name__ == "__main__":
    sys.exit(main())
