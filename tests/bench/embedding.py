"""`embed.speedup`, `embed.drift`: the served encoder beside eager torch in float32, on the same inputs.

    python -m tests.bench.embedding [--out build] [--rounds 40] [--threads 1 2] [--pictures 512]

Both arms go from prepared pictures to the vectors that the index keeps. They take turns, a few calls each, so
that either finds its own weights in the cache as it does where it serves alone. The limit beside them: the
network's multiplications over what a product of two matrices reaches in the same run.
"""

import argparse
import json
import os
import statistics
import time
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from diversity_contracts.manifest import Manifest, verify
from drml_service.artifact import STARTER
from drml_service.encoder import NetworkEncoder
from drml_service.network_arguments import NetworkArguments, tensor_shapes
from drml_service.openvino_network import supported
from tests.bench.kept_answers import merge
from tests.fakes.drawn import draw

Float32 = NDArray[np.float32]
CALLS = 5  # in a turn
BATCH = 32


def medians_ms(arms: Mapping[str, Callable[[], object]], rounds: int) -> dict[str, float]:
    """The median call of each arm, the arms in turns; the first call of a turn finds another's weights in the
    cache and is left out."""
    took: dict[str, list[float]] = {name: [] for name in arms}
    for _ in range(rounds):
        for name, call in arms.items():
            call()
            for _ in range(CALLS):
                started = time.perf_counter()
                call()
                took[name].append((time.perf_counter() - started) * 1000)
    return {name: statistics.median(times) for name, times in took.items()}


def multiplications(arguments: NetworkArguments, size: int) -> int:
    """Of one picture through the trunk, its mirror image counted where the network has one."""
    total = 0
    for name, shape in tensor_shapes(arguments).items():
        if len(shape) == 4 and name.startswith("trunk."):
            stage = name.split(".")[1]
            at = size // 2 if stage == "conv1" else size // 4 // 2 ** (int(stage[-1]) - 1)
            total += int(np.prod(shape)) * at * at
    return total * (2 if arguments.mirror else 1)


def peak_gflops(threads: int) -> float:
    """What a product of two float32 matrices of 1,024 a side reaches, in 10⁹ operations a second."""
    torch.set_num_threads(threads)
    a, b = torch.rand(2, 1024, 1024).unbind()
    ms = medians_ms({"product": lambda: a @ b}, 5)["product"]
    return 2 * 1024**3 / ms / 1e6


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


def speeds(folder: Path, manifest: Manifest, threads: int, rounds: int) -> dict[str, Any]:
    """Milliseconds of each arm at one picture and at a batch, and the limits."""
    arms = encoders(manifest, folder, threads)
    inputs = [arms["torch"].prepare(draw(number, size=(96, 80))) for number in range(BATCH)]
    one = medians_ms({name: partial(e.encode, inputs[:1]) for name, e in arms.items()}, rounds)
    many = medians_ms({name: partial(e.encode, inputs) for name, e in arms.items()}, max(3, rounds // 10))
    arguments = NetworkArguments.from_json(dict(manifest.model))
    limit = 2 * multiplications(arguments, manifest.preprocessing.size) / peak_gflops(threads) / 1e6
    return {
        "threads": threads,
        "auto": arms["auto"].precision,
        "batch_1_ms": one,
        "batch_32_ms_a_picture": {name: ms / BATCH for name, ms in many.items()},
        "float32_limit_ms_a_picture": limit,
        "speedup": one["torch"] / one["auto"],
        "speedup_in_float32": one["torch"] / one["float32"],
        "batch_32_speedup": many["torch"] / many["auto"],
    }


def drift(folder: Path, manifest: Manifest, pictures: int) -> dict[str, float]:
    """The worst cosine distance to eager torch over drawn pictures, by precision."""
    arms = encoders(manifest, folder, 1)
    inputs = [arms["torch"].prepare(draw(number, size=(120, 90))) for number in range(pictures)]

    def embeddings(encoder: NetworkEncoder) -> NDArray[np.float64]:
        parts = [encoder.encode(inputs[start : start + BATCH]) for start in range(0, pictures, BATCH)]
        found = encoder.lift(np.concatenate(parts))
        lengths: NDArray[np.float64] = found / np.linalg.norm(found, axis=1, keepdims=True)
        return lengths

    expected = embeddings(arms["torch"])
    return {
        name: float((1 - (expected * embeddings(encoder)).sum(1)).max())
        for name, encoder in arms.items()
        if name != "torch"
    }


def main() -> None:
    """Measure, write, print."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--out", type=Path, default=Path("build"))
    parser.add_argument("--artifact", type=Path, default=STARTER)
    parser.add_argument("--rounds", type=int, default=40)
    parser.add_argument("--threads", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--pictures", type=int, default=512, help="of embed.drift")
    asked = parser.parse_args()
    manifest = verify(asked.artifact, "drml")
    by_threads = [speeds(asked.artifact, manifest, threads, asked.rounds) for threads in asked.threads]
    worst = drift(asked.artifact, manifest, asked.pictures)
    first, auto = by_threads[0], by_threads[0]["auto"]
    entries = [
        {
            "name": "embed.speedup",
            "value": first["speedup"],
            "unit": "x",
            "baseline": first["batch_1_ms"]["torch"],
            "ours": first["batch_1_ms"]["auto"],
            "detail": {
                "artifact": manifest.version,
                "by_threads": by_threads,
                "rounds": asked.rounds,
                "cores": os.cpu_count(),
                "load_average": os.getloadavg()[0],
            },
        },
        {
            "name": "embed.drift",
            "value": max(worst["auto"], manifest.drift.get(auto, 0.0)),
            "unit": "share",
            "baseline": 0.0,
            "ours": worst["auto"],
            "detail": {
                "precision": auto,
                "over_drawn_pictures": worst,
                "drawn_pictures": asked.pictures,
                "measured_at_publishing": manifest.drift,
            },
        },
    ]
    for entry in entries:
        merge(entry, asked.out / "bench.json")
        print(json.dumps(entry, ensure_ascii=False))


if __name__ == "__main__":
    main()
