"""Preparing: decode the collection once, print and check its counts.

    python -m drml_job.prepare --data DATA --packed PACKED [--stored-size 64]

DATA is Tiny ImageNet (directory or zip) or any folder of class folders. The whole Tiny ImageNet gives 100,000
training and 10,000 validation pictures of 200 classes, 1.4 GB packed at 64 px, in about a minute.
"""

import argparse
from pathlib import Path

from drml_job import datasets, packed, packing

STORED_SIZE = 64  # px; Tiny ImageNet's own size. Larger pictures deserve more: training cannot exceed what is stored


def run(data: Path, directory: Path, stored_size: int) -> packed.Packed:
    collection = datasets.scan(datasets.open_source(data))
    train, val = collection.count("train"), collection.count("val")
    print(f"{data.name}: {len(collection.classes)} classes, {train} training and {val} validation pictures")
    result = packing.pack(data, collection, directory, stored_size)
    print("mean", [round(m, 4) for m in result.index.mean], "std", [round(s, 4) for s in result.index.std])
    return result


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--packed", type=Path, required=True)
    parser.add_argument("--stored-size", type=int, default=STORED_SIZE)
    values = parser.parse_args()
    run(values.data, values.packed, values.stored_size)


if __name__ == "__main__":
    main()
