"""A prepared set of drawn pictures, small enough to train on within a test."""

from pathlib import Path

import pytest

from drml_job import drawn_dataset, packed, prepare


@pytest.fixture(scope="session")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Packed at 32 px: four classes, about 108 training and 12 validation pictures, with triplet files."""
    root = tmp_path_factory.mktemp("prepared")
    drawn_dataset.write(root / "data", per_class=30)
    knobs = prepare.Knobs(stored_size=32, train_triplets=300, val_triplets=60)
    prepare.run(root / "data", root / "packed", knobs)
    return root / "packed"


@pytest.fixture
def data(prepared: Path) -> packed.Packed:
    return packed.load(prepared)
