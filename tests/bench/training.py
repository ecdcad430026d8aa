"""`train.images_per_s`: the DRML job's training step beside a plain DataLoader loop on the same pictures.

    python -m tests.bench.training [--data DATA] [--rounds 5] [--steps N]

Ours is what `drml_job.train` does: pictures decoded once and kept as uint8, cropped, resized, flipped and
normalised as a batch on the device, matrix products in the precision that the hardware has, channels last.
The plain loop opens each file anew, crops, resizes, flips it in Pillow (as torchvision's transforms do),
collates it in torch's DataLoader, and trains the same network on the same pictures in float32. Both arms in
turn, with the same threads; on a GPU the loader has as many workers as there are cores, which stay from round
to round and are at work before the first that counts, on the CPU none, as the network has all cores there.
DATA is what the job takes, drawn pictures else. The pictures alone, without a network, are timed in half of a
round's steps.
"""

import argparse
import json
import os
import statistics
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch

from drml_job import devices, drawn_dataset, prepare
from drml_job.batches import Batches
from drml_job.devices import Device
from drml_job.packed import Packed
from drml_service.artifact import STARTER
from drml_service.network_arguments import NetworkArguments, tensor_shapes
from drml_service.openvino_graph import features_graph
from job_kit.sources import Source, open_source
from tests.bench.bench_file import finish
from tests.bench.limits import least_ms, multiplications, peak_gflops
from tests.bench.training_arms import KNOBS, Arm, Files, PlainLoop, Rows, ours, per_class, timed

# Of each arm in a round: on the CPU 20 in five rounds, on a GPU enough that filling the loader's queue is a
# small part.
STEPS = {False: 4, True: 50}
WARM, ALONE = (
    2,
    2,
)  # steps before the first round; the share of a round's steps that is timed without a network


def measure(source: Source, data: Packed, rounds: int, steps: int | None, precision: str) -> dict[str, Any]:
    """The entry of bench.json; `steps` of each arm in a round, None for what the device deserves."""
    device = devices.choose(precision)
    steps = steps or STEPS[device.torch_device.type == "cuda"]
    in_float32 = Device(device.torch_device, torch.float32)
    fast, slow = Arm.begin(data, device), Arm.begin(data, in_float32)
    devices.to_channels_last(fast.model)
    loop = PlainLoop(Files(source, data, KNOBS.size), in_float32)
    plan = Batches("batch", KNOBS.batch, per_class(data), KNOBS.batch * steps, seed=1)
    arms: dict[str, Callable[[Sequence[Rows]], tuple[float, float]]] = {
        "ours": lambda batches: timed(fast, ours(data, device, batches)),
        "plain": lambda batches: timed(slow, loop.of(batches)),
        "our pictures alone": lambda batches: timed(None, ours(data, device, batches)),
        "plain pictures alone": lambda batches: timed(None, loop.of(batches)),
    }
    rates: dict[str, list[float]] = {name: [] for name in arms}
    processor: dict[str, list[float]] = {name: [] for name in arms}
    for number in range(rounds + 1):
        batches = list(plan.of_epoch(data, np.zeros((0, 3), dtype=np.int64), number))
        for name, arm in arms.items():
            some = batches[: -(-steps // ALONE)] if "alone" in name else batches
            # Before the first round that counts both have had a step, and the loader's workers are there.
            wall, used = arm(some if number else some[:WARM])
            if number:
                rates[name].append(len(some) * KNOBS.batch / wall)
                processor[name].append(1000 * used / (len(some) * KNOBS.batch))
    median = {name: statistics.median(values) for name, values in rates.items()}
    return {
        "name": "train.images_per_s",
        "value": median["ours"],
        "unit": "img/s",
        "baseline": median["plain"],
        "ours": median["ours"],
        "detail": {
            "pictures_per_s": median,
            "processor_ms_a_picture": {name: statistics.median(used) for name, used in processor.items()},
            "data": f"{len(data.index.paths)} pictures of {data.index.size} px",
            "loader_workers": loop.workers,
            **limit(data, device),
            "device": str(device.torch_device),
            "precision": str(device.precision).removeprefix("torch."),
            "threads": torch.get_num_threads(),
            "size": KNOBS.size,
            "batch": KNOBS.batch,
            "rounds": rounds,
            "steps": steps,
            "load_average": os.getloadavg()[0],
            "starter": to_the_starter(STARTER),
        },
    }


def limit(data: Packed, device: Device) -> dict[str, float]:
    """Pictures a second at the CPU's measured peak: forwards, and twice that backwards. None for a GPU."""
    if device.torch_device.type != "cpu":
        return {}
    arguments = NetworkArguments("single", KNOBS.embedding_dim, KNOBS.normalise)
    drawn = {name: np.zeros(shape, np.float32) for name, shape in tensor_shapes(arguments).items()}
    trunk = multiplications(features_graph(arguments, drawn, KNOBS.size))
    head = KNOBS.embedding_dim * (arguments.feature_dim + len(data.index.classes))
    in_bfloat16 = device.precision == torch.bfloat16
    peak = peak_gflops(torch.get_num_threads(), "bfloat16" if in_bfloat16 else "float32")
    return {"peak_gflops": peak, "arithmetic_limit_per_s": 1000 / least_ms(3 * (trunk + head), peak)}


def to_the_starter(folder: Path) -> dict[str, float]:
    """What the last run of the shipped network took, from its journal: it began with an earlier one's
    weights, so this is a part of the whole."""
    epochs = json.loads((folder / "metrics.json").read_text())
    best = max(range(len(epochs)), key=lambda place: float(epochs[place]["val_triplet_accuracy"]))
    return {
        "epochs": len(epochs),
        "hours": sum(epoch["seconds"] for epoch in epochs) / 3600,
        "best_epoch": best + 1,
        "hours_to_best": sum(epoch["seconds"] for epoch in epochs[: best + 1]) / 3600,
        "watched_accuracy": epochs[best]["val_triplet_accuracy"],
    }


def main() -> int:
    """Measure, write, print."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--data", type=Path, help="what the job takes; default: drawn pictures")
    parser.add_argument("--out", type=Path, default=Path("build"))
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--steps", type=int, help="of each arm in a round: 4 on the CPU, 50 on a GPU")
    parser.add_argument("--pictures", type=int, default=4_000, help="of the training split, at most")
    parser.add_argument("--precision", default="auto")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        data = asked.data
        if data is None:
            data = Path(folder) / "drawn"
            drawn_dataset.write(data, per_class=500)
        knobs = prepare.Knobs(first=asked.pictures, train_triplets=10, val_triplets=10)
        packed = prepare.run(data, Path(folder) / "packed", knobs)
        entry = measure(open_source(data), packed, asked.rounds, asked.steps, asked.precision)
    return finish([entry], asked.out)


if __name__ == "__main__":
    sys.exit(main())
