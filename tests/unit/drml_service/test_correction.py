"""The correction against its definition, entry by entry; the reference sample as a file."""

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from safetensors.numpy import save_file

from diversity_contracts.manifest import BadArtifact, Manifest
from diversity_view.usual import Usual
from drml_service import reference
from drml_service.correction import CorrectingSearcher, usual_distances
from drml_service.search import End, Float32
from drml_service.searcher import Hit
from drml_service.table import Table

SOURCE = np.random.default_rng(5)


def drawn(rows: int, columns: int = 12) -> Float32:
    return SOURCE.normal(size=(rows, columns)).astype(np.float32)


def naive(vector: Float32, sample: Float32) -> tuple[float, float]:
    """By the equations, one distance at a time."""
    powers = [
        float(np.sqrt(((vector.astype(float) - other.astype(float)) ** 2).sum())) ** 4 for other in sample
    ]
    mean = sum(powers) / len(powers)
    return mean, float(np.sqrt(sum((power - mean) ** 2 for power in powers) / len(powers)))


@pytest.mark.parametrize("rows", [0, 1, 255, 256, 300])
def test_usual_distances_equal_the_definition(rows: int) -> None:
    vectors, sample = drawn(rows), drawn(40)
    found = usual_distances(vectors, sample)
    assert found.shape == (rows, 2)
    for row in range(0, rows, 50):
        assert found[row] == pytest.approx(naive(vectors[row], sample), rel=1e-8)


def test_equal_vectors_have_equal_statistics_wherever_they_stand() -> None:
    vectors, sample = drawn(600, 513), drawn(200, 513)
    vectors[[3, 300, 599]] = vectors[0]
    found = usual_distances(vectors, sample)
    assert {tuple(found[row]) for row in (0, 3, 300, 599)} == {tuple(usual_distances(vectors[:1], sample)[0])}


class Plain:
    """A searcher that measures by definition."""

    def end(self, table: Table, query: Float32, n: int, end: End, *, own: int | None = None) -> list[Hit]:
        return self.measure(table, query, np.arange(len(table)), own=own)[:n]

    def measure(
        self, table: Table, query: Float32, rows: NDArray[np.intp], *, own: int | None = None
    ) -> list[Hit]:
        gaps = np.sqrt(np.square(table.vectors(rows).astype(float) - query).sum(axis=1))
        return [Hit(str(key), float(gap), 0.5) for key, gap in zip(table.ids(rows), gaps, strict=True)]


def test_hits_tell_how_unusual_their_distance_is() -> None:
    vectors, sample, query = drawn(20), drawn(30), drawn(1)[0]
    names = [f"p{row}" for row in range(20)]
    bare = Table(12).changed(dict(zip(names, vectors, strict=True)))
    usual = Usual().changed(names, usual_distances(vectors, sample))
    table = Table(12, usual=usual).changed(dict(zip(names, vectors, strict=True)))
    searcher = CorrectingSearcher(Plain())
    for hits in (searcher.end(table, query, 20, "farthest"), searcher.measure(table, query, np.arange(20))):
        for hit, vector in zip(hits, vectors, strict=True):
            mean, deviation = naive(vector, sample)
            assert hit.adjusted == pytest.approx((hit.distance**4 - mean) / deviation, rel=1e-6)
    assert {hit.adjusted for hit in searcher.end(table, query, 20, "nearest")} == {None}
    assert {hit.adjusted for hit in searcher.end(bare, query, 20, "farthest")} == {None}
    assert searcher.measure(table, query, np.arange(0)) == []


def manifest(files: dict[str, str]) -> Manifest:
    return Manifest.model_construct(files=files)


def test_the_sample_survives_its_file(tmp_path: Path) -> None:
    sample = drawn(9, 5)
    reference.save(sample, tmp_path)
    listed = manifest({"reference.safetensors": "hash"})
    found = reference.load(tmp_path, listed, 5)
    assert found is not None
    assert np.array_equal(found, sample.astype(np.float16).astype(np.float32))
    assert (tmp_path / "reference.safetensors").stat().st_mode & 0o777 == 0o644
    assert reference.load(tmp_path, manifest({}), 5) is None
    with pytest.raises(BadArtifact, match="shape"):
        reference.load(tmp_path, listed, 6)


def test_a_sample_beyond_float16_is_kept_as_it_is(tmp_path: Path) -> None:
    sample = np.array([[70_000.0, -1.5], [3.0, 0.0]], np.float32)
    reference.save(sample, tmp_path)
    np.testing.assert_array_equal(
        reference.load(tmp_path, manifest({"reference.safetensors": "hash"}), 2), sample
    )


@pytest.mark.parametrize(
    ("tensors", "reason"),
    [
        ({"other": np.zeros((2, 3), np.float16)}, "cannot be read"),
        ({"reference": np.zeros((0, 3), np.float16)}, "shape"),
        ({"reference": np.zeros(3, np.float16)}, "shape"),
        ({"reference": np.full((2, 3), np.nan, np.float16)}, "not finite"),
    ],
)
def test_another_file_is_refused(
    tmp_path: Path, tensors: dict[str, NDArray[np.float16]], reason: str
) -> None:
    save_file(tensors, tmp_path / "reference.safetensors")
    with pytest.raises(BadArtifact, match=reason):
        reference.load(tmp_path, manifest({"reference.safetensors": ""}), 3)
