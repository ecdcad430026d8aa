"""The map's loss against a naive twin, and what a learned map keeps of who is near to whom."""

import numpy as np
import pytest
import torch

from drml_job import projecting
from drml_service.search import Float32


def normal(*shape: int) -> Float32:
    return np.random.default_rng(sum(shape)).normal(size=shape).astype(np.float32)


def entropy(shares: Float32) -> float:
    return float(-sum(share * np.log(share) for share in shares if share > 0))


def test_shares_are_symmetric_and_of_the_asked_perplexity() -> None:
    apart = projecting.squares(normal(40, 5))
    found = projecting.joint(apart, 7.0)
    assert found.sum() == pytest.approx(1)
    assert np.array_equal(found, found.T)
    assert not found.diagonal().any()
    # Each row's deviation, found the slow way, gives the same matrix.
    naive = np.zeros((40, 40))
    for row in range(40):
        deviations = np.geomspace(0.3, 10, 1_500)
        others = np.delete(apart[row], row)
        tried = np.exp(-(others - others.min())[None] / (2 * deviations[:, None] ** 2))
        tried /= tried.sum(1, keepdims=True)
        best = min(tried, key=lambda shares: abs(entropy(shares) - np.log(7.0)))
        naive[row] = np.insert(best, row, 0)
    assert found == pytest.approx((naive + naive.T) / 80, abs=2e-4)


def test_the_loss_is_the_divergence_of_the_definition() -> None:
    places = normal(12, 2)
    shares = projecting.joint(projecting.squares(normal(12, 4)), 3.0)
    near = {
        (i, j): 1 / (1 + float(((places[i] - places[j]) ** 2).sum()))
        for i in range(12)
        for j in range(12)
        if i != j
    }
    total = sum(near.values())
    naive = sum(
        shares[pair] * np.log(shares[pair] / (value / total))
        for pair, value in near.items()
        if shares[pair] > 0
    )
    own = sum(share * np.log(share) for share in shares.ravel() if share > 0)
    loss = projecting.divergence(torch.from_numpy(shares.astype(np.float32)), torch.from_numpy(places))
    assert float(loss) + own == pytest.approx(naive, abs=1e-4)


def kept(places: Float32, vectors: Float32, count: int = 5) -> float:
    """The share of each row's nearest that are its nearest in the plane too."""

    def nearest(rows: Float32) -> list[list[int]]:
        apart = projecting.squares(rows) + np.diag(np.full(len(rows), np.inf))
        return [list(row[:count]) for row in np.argsort(apart, axis=1)]

    pairs = zip(nearest(vectors), nearest(places), strict=True)
    return float(np.mean([len(set(there) & set(here)) / count for there, here in pairs]))


def test_a_learned_map_keeps_groups_together_that_it_never_saw() -> None:
    # Eight groups in sixteen dimensions: two directions cannot keep them apart, a map of neighbors can.
    middles = 4 * normal(8, 16)
    random = np.random.default_rng(1)
    sample, unseen = (
        (middles[random.integers(0, 8, 160)] + 0.7 * random.normal(size=(160, 16))).astype(np.float32)
        for _ in range(2)
    )
    learned = projecting.fit(sample)
    directions = np.linalg.svd(sample - sample.mean(0), full_matrices=False)[2][:2]
    assert kept(learned.points(unseen), unseen) > kept(unseen @ directions.T, unseen)
    places = learned.points(sample)
    assert 0.5 < np.abs(places).max() < 2
    assert np.array_equal(learned.points(sample), projecting.fit(sample).points(sample))
