"""`adjusted` from a history: that of the member which holds a picture, against plain loops."""

import math

import numpy as np
import pytest

from diversity_view.usual import Usual
from drml_service.correction import usual_distances
from drml_service.histories import HistorySearch, Members
from drml_service.search import Float32
from drml_service.table import Table

COUNT = 60


def filled(vectors: Float32, sample: Float32) -> Table:
    names = [f"p{row:02}" for row in range(len(vectors))]
    usual = Usual().changed(names, usual_distances(vectors, sample))
    table = Table(vectors.shape[1], usual=usual)
    return table.changed(dict(zip(names, vectors, strict=True)))


def naive(vector: Float32, members: Members, sample: Float32) -> float:
    """By the definition, in Python's own numbers."""
    distances = [math.dist(vector, member) for member in members.vectors]
    _, held = min(
        (distance / weight, distance)
        for distance, weight in zip(distances, members.weights.tolist(), strict=True)
    )
    powers = [math.dist(vector, one) ** 4 for one in sample]
    mean = sum(powers) / len(powers)
    deviation = math.sqrt(sum((power - mean) ** 2 for power in powers) / len(powers))
    return (held**4 - mean) / deviation


@pytest.mark.parametrize("weights", [(1.0, 1.0, 1.0), (1.0, 0.5, 0.15)])
def test_it_is_the_holding_member_s(weights: tuple[float, ...]) -> None:
    source = np.random.default_rng(3)
    vectors = source.normal(size=(COUNT, 5)).astype(np.float32)
    sample = source.normal(size=(25, 5)).astype(np.float32)
    table = filled(vectors, sample)
    own = table.row("p07")
    assert own is not None
    members = Members(
        np.stack([vectors[7], *source.normal(size=(2, 5)).astype(np.float32)]),
        np.array(weights),
        frozenset({own}),
    )
    seen = HistorySearch(table, members)
    listed = {hit.image_id: hit for hit in seen.end(COUNT, "farthest")}
    assert len(listed) == COUNT - 1
    for name, hit in listed.items():
        assert hit.adjusted == pytest.approx(naive(vectors[int(name[1:])], members, sample), rel=1e-6)
    some = np.array([row for row in range(0, COUNT, 9) if row != own])
    assert seen.measure(some) == [listed[name] for name in table.ids(some).tolist()]
    assert all(hit.adjusted is None for hit in seen.end(COUNT, "nearest"))


def test_a_history_of_one_is_adjusted_as_its_picture() -> None:
    """With any weight: what is divided by it orders the same, and the distance is not."""
    source = np.random.default_rng(4)
    vectors = source.normal(size=(COUNT, 5)).astype(np.float32)
    table = filled(vectors, source.normal(size=(25, 5)).astype(np.float32))
    one = [HistorySearch(table, Members(vectors[:1], np.array([w]), frozenset())) for w in (1.0, 0.2)]
    assert one[0].end(9, "farthest") == one[1].end(9, "farthest")


def test_without_a_sample_there_is_none() -> None:
    vectors = np.eye(5, dtype=np.float32)
    table = Table(5).changed({f"p{row}": vector for row, vector in enumerate(vectors)})
    seen = HistorySearch(table, Members(vectors[:2], np.ones(2), frozenset({0, 1})))
    assert [hit.adjusted for hit in seen.end(9, "farthest")] == [None] * 3
