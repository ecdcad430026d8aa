"""Publishing: an evaluated run becomes an immutable artifact, and the current one.

    python -m drml_job.publish --packed PACKED --run-dir RUN --artifacts ARTIFACTS

Needs RUN/evaluation.json of that very checkpoint. Refuses a network that does not find its own pictures.
"""

import argparse
import json
import os
import shutil
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors.torch import save_file

from diversity_contracts import manifest as contract
from diversity_contracts import publishing
from diversity_view import notices
from drml_job import (
    checkpoints,
    devices,
    golden,
    metrics,
    model_card,
    packed,
    packing,
    precisions,
    projecting,
    provenance,
    sampling,
    trained,
)
from drml_job.embedding import Presentation, embed_rows
from drml_service import eight_bits, projection, reference
from drml_service.artifact import CENTRE, CENTRE_TENSOR, WEIGHTS
from job_kit import golden_pictures
from job_kit.hashes import sha256_of
from job_kit.revision import code_revision

CENTRE_PICTURES = 5000  # the mean's error is 1/70 of the spread: the centre only has to be near the middle
CHECKED_PICTURES = 1000  # for drift and self-recall


class NotPublishable(RuntimeError):
    """A run that must not become an artifact; the message says why."""


def run(data: packed.Packed, directory: Path, artifacts: Path, now: datetime) -> Path:
    """Returns the artifact's folder. `now` names it."""
    path = directory / checkpoints.FILE_NAME
    document = json.loads((directory / "evaluation.json").read_text())
    if document["checkpoint"] != sha256_of(path):
        raise NotPublishable("evaluation.json belongs to another checkpoint: run drml_job.evaluate again")
    _, state = checkpoints.read(path)
    mirror = bool(document["mirror"])
    exact = trained.from_checkpoint(path, rounded=False, mirror=mirror)
    served = trained.from_checkpoint(path, mirror=mirror)
    device = devices.choose("float32")
    shown = served.shown_on(device)
    val = data.rows("val")[:CHECKED_PICTURES]
    e = embed_rows(served.network, data, val, shown)
    drift = float(
        (1 - metrics.cosines(e, embed_rows(exact.network, data, val, exact.shown_on(device)))).max()
    )
    recall = self_recall(served, data, val, e, shown)
    if recall != 1.0:
        raise NotPublishable(f"self-recall {recall}: some pictures are not their own nearest neighbor")
    train = data.rows("train")
    sample = np.sort(np.random.default_rng(0).choice(train, min(CENTRE_PICTURES, len(train)), replace=False))
    mean = embed_rows(served.network, data, sample, shown).mean(0)

    usual = sampling.vectors(served.network, data, sampling.rows(data), shown, mean)
    plane = projecting.fit(usual)

    found = precisions.measure(served.network, data, served.shown_on(devices.CPU))
    network = served.network
    rule = contract.Preprocessing(
        size=served.size, resize=packing.RESIZE, mean=served.normalise.mean, std=served.normalise.std
    )
    manifest = contract.Manifest(
        kind="drml",
        version=contract.new_version("drml", now),
        created=now,
        code_revision=code_revision(),
        data_fingerprint=data.index.fingerprint,
        preprocessing=rule,
        model=network.arguments.to_json(),
        metrics=document["figures"]
        | {"self_recall": recall, provenance.METRIC: float(provenance.seen_imagenet(state))},
        drift={"float16": drift, **found.drift},
        golden=[
            contract.Golden(file=name, output=output, tolerance=golden.TOLERANCE)
            for name, output in golden.answers(network, rule).items()
        ],
    )
    card = model_card.render(manifest, facts(data), state)

    def write(folder: Path) -> None:
        half = {n: t.half() if t.is_floating_point() else t for n, t in network.state_dict().items()}
        save_file({name: tensor.contiguous() for name, tensor in half.items()}, folder / WEIGHTS)
        save_file({CENTRE_TENSOR: torch.from_numpy(mean)}, folder / CENTRE)
        reference.save(usual, folder)
        projection.save(plane, folder)
        if found.highest:
            eight_bits.save(found.highest, folder)
        for name, picture in golden_pictures.pictures().items():
            picture.save(folder / name)
        for name in ("curves.png", "panels.jpg"):
            shutil.copyfile(directory / name, folder / name)
        (folder / "metrics.json").write_text(json.dumps(_journal(directory), indent=1) + "\n")
        (folder / "MODEL_CARD.md").write_text(card)
        for file in folder.iterdir():
            file.chmod(0o644)  # tensors are written for their owner only; the services run as another user

    folder = publishing.publish(artifacts, manifest, write)
    notices.announce(os.environ.get("REDIS_URL", ""), "drml", folder.name)
    return folder


def self_recall(
    model: trained.Trained, data: packed.Packed, rows: metrics.Rows, e: metrics.Floats, shown: Presentation
) -> float:
    """Share of pictures that, embedded again one at a time, find themselves nearest; pictures that are equal
    pixel by pixel count as one."""
    found = 0
    for position, row in enumerate(rows):
        query = embed_rows(model.network, data, rows[position : position + 1], shown)
        winner = int(np.square(e - query).sum(1).argmin())
        found += winner == position or bool((data.pictures[rows[winner]] == data.pictures[row]).all())
    return found / len(rows)


def facts(data: packed.Packed) -> dict[str, Any]:
    """What the model card says of the data."""
    return {
        "classes": len(data.index.classes),
        "train": len(data.rows("train")),
        "val": len(data.rows("val")),
        "stored_size": data.index.size,
    }


def _journal(directory: Path) -> list[dict[str, float]]:
    lines = (directory / "metrics.jsonl").read_text().splitlines()
    return [json.loads(line) for line in lines]


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--packed", type=Path, required=True)
    parser.add_argument("--run-dir", type=Path, required=True)
    parser.add_argument("--artifacts", type=Path, required=True)
    values = parser.parse_args()
    print(run(packed.load(values.packed), values.run_dir, values.artifacts, datetime.now(UTC)))


if __name__ == "__main__":
    main()
