"""Preparing: decode the collection once, print and check its counts, draw the triplets.

    python -m drml_job.prepare [--data DATA] --packed PACKED [--stored-size 64] [--in-class-negatives 0.2]

DATA is Tiny ImageNet (directory or zip) or any folder of class folders; without it, Tiny ImageNet is fetched
from its official address, once. The whole Tiny ImageNet gives 100,000
training and 10,000 validation pictures of 200 classes, 1.4 GB packed at 64 px, in about a minute.

PACKED/triplets-train.txt and triplets-val.txt hold one line a triplet, `query positive negative` (paths): the
query from any class, the positive from the same, the negative from any other. `--in-class-negatives` makes
that share of them Deep Ranking's in-class kind, ordered by the similarity of the frozen encoder that
`--encoder` names; PACKED/triplets.json says so.
"""

import argparse
import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from drml_job import datasets, devices, packed, packing, teacher, tiny_imagenet, triplets
from drml_job.datasets import Split
from drml_job.frozen import EFFICIENTNET, open_encoder
from job_kit.command_line import add_knobs, knobs_from
from job_kit.sources import open_source


@dataclass(frozen=True)
class Knobs:
    stored_size: int = 64  # px; Tiny ImageNet's own. Larger pictures deserve more: training cannot exceed it
    train_triplets: int = 700_000  # 21 epochs of 33,333, so that the default training sees none twice
    val_triplets: int = 50_000
    in_class_negatives: float = 0.0  # share; 0 is the report's choice
    encoder: str = EFFICIENTNET  # orders in-class triplets
    first: int = 0  # take only so many pictures of each split, spread over the classes; 0 = all
    seed: int = 1


def run(data: Path, directory: Path, knobs: Knobs) -> packed.Packed:
    """Decodes unless the directory already holds the same collection, then writes the triplet files."""
    collection = datasets.scan(open_source(data))
    if knobs.first:
        collection = datasets.thin(collection, knobs.first)
    result = _packed_already(directory, collection, knobs.stored_size)
    if result is None:
        result = packing.pack(data, collection, directory, knobs.stored_size)
    index = result.index
    counts = {split: len(result.rows(split)) for split in ("train", "val")}
    print(
        f"{data.name}: {len(index.classes)} classes, {counts['train']} training, {counts['val']} validation"
    )
    print("mean", [round(value, 4) for value in index.mean], "std", [round(value, 4) for value in index.std])
    write_triplets(result, directory, knobs)
    return result


def write_triplets(data: packed.Packed, directory: Path, knobs: Knobs) -> None:
    """The triplet file of each split, both kinds mixed."""
    if not 0 <= knobs.in_class_negatives <= 1:
        raise ValueError(f"in-class-negatives is a share of 0..1, not {knobs.in_class_negatives}")
    wanted: dict[Split, int] = {"train": knobs.train_triplets, "val": knobs.val_triplets}
    ordering, ordered_by = None, {"encoder": "", "seen_imagenet": False}
    if knobs.in_class_negatives > 0:
        device = devices.choose()
        features = teacher.run(data, directory, open_encoder(knobs.encoder, device.torch_device), device)
        ordering, ordered_by = (
            teacher.cosine_distances(teacher.read(features, data)),
            teacher.influence(features),
        )
    about = {"in_class_negatives": knobs.in_class_negatives, **ordered_by}
    (directory / triplets.ABOUT).write_text(json.dumps(about) + "\n")
    for stream, (split, count) in enumerate(wanted.items()):
        random = np.random.default_rng([knobs.seed, stream])
        rows = data.rows(split)
        in_class = round(count * knobs.in_class_negatives)
        drawn = triplets.draw(data.labels, rows, count - in_class, random)
        if ordering is not None:
            ordered = triplets.draw_in_class(data.labels, rows, in_class, random, ordering)
            drawn = random.permutation(np.concatenate([drawn, ordered]))
        triplets.write(directory / f"triplets-{split}.txt", drawn, data.index.paths)
        print(f"triplets-{split}.txt: {len(drawn)} triplets, {in_class} of them in-class")


def _packed_already(directory: Path, collection: datasets.Collection, size: int) -> packed.Packed | None:
    if not (directory / "index.json").exists():
        return None
    found = packed.load(directory)
    paths = [entry.path for entry in collection.entries]
    return found if found.index.size == size and found.index.paths == paths else None


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, help="default: Tiny ImageNet, fetched")
    parser.add_argument("--downloads", type=Path, default=tiny_imagenet.DOWNLOADS, help="where it is kept")
    parser.add_argument("--packed", type=Path, required=True)
    add_knobs(parser, Knobs())
    values = parser.parse_args()
    data = tiny_imagenet.unless_given(values.data, values.downloads)
    run(data, values.packed, knobs_from(values, Knobs()))


if __name__ == "__main__":
    main()
