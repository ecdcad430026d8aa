"""The triplet loss against a naive twin, its gradient at the corners, and mining."""

import itertools

import pytest
import torch
from torch.testing import assert_close

from drml_job import losses


@pytest.fixture
def batch() -> tuple[torch.Tensor, torch.Tensor]:
    generator = torch.Generator().manual_seed(0)
    return torch.randn(18, 5, generator=generator), torch.arange(18) % 6


def test_distances_are_euclidean(batch: tuple[torch.Tensor, torch.Tensor]) -> None:
    e, _ = batch
    expected = torch.stack([torch.stack([torch.linalg.vector_norm(a - b) for b in e]) for a in e])
    expected.fill_diagonal_(0)
    assert_close(losses.distance_matrix(e), expected, atol=2e-3, rtol=1e-4)
    assert_close(losses.distances(e[:9], e[9:]), expected[torch.arange(9), torch.arange(9, 18)])


def test_equal_embeddings_have_a_finite_gradient() -> None:
    e = torch.ones(2, 4, requires_grad=True)
    losses.distances(e[:1], e[1:]).sum().backward()
    losses.distance_matrix(e).sum().backward()
    assert e.grad is not None
    assert torch.isfinite(e.grad).all()


def test_the_hinge_is_the_papers() -> None:
    near, far = torch.tensor([1.0, 2.0, 5.0]), torch.tensor([1.5, 9.0, 2.0])
    loss = losses.TripletLoss("hinge", gap=1.0)
    assert_close(loss.each(near, far), torch.tensor([0.5, 0.0, 4.0]))
    assert_close(loss.of_active(near, far), torch.tensor(2.25))  # the satisfied one does not dilute


def test_nothing_left_to_learn_is_zero_and_not_nan() -> None:
    loss = losses.TripletLoss("hinge", gap=1.0)
    assert float(loss.of_active(torch.tensor([1.0]), torch.tensor([9.0]))) == 0
    assert float(loss.of_active(torch.empty(0), torch.empty(0))) == 0


def test_softplus_tends_to_the_hinge_and_never_lets_go() -> None:
    near, far = torch.tensor([1.0, 2.0, 5.0]), torch.tensor([1.5, 9.0, 2.0])
    sharp = losses.TripletLoss("softplus", gap=1.0, temperature=0.01).each(near, far)
    assert_close(sharp, torch.tensor([0.5, 0.0, 4.0]), atol=1e-4, rtol=0)
    soft = losses.TripletLoss("softplus", gap=1.0, temperature=2.0).each(near, far)
    assert (soft > sharp).all()


def test_an_unknown_shape_is_refused() -> None:
    with pytest.raises(ValueError, match="hinge"):
        losses.TripletLoss("cosine", gap=1.0)  # type: ignore[arg-type]


def naive(e: torch.Tensor, labels: torch.Tensor) -> list[tuple[float, float]]:
    d = losses.distance_matrix(e)
    return [
        (float(d[q, p]), float(d[q, n]))
        for q, p, n in itertools.permutations(range(len(e)), 3)
        if labels[q] == labels[p] and labels[q] != labels[n]
    ]


def pairs(near: torch.Tensor, far: torch.Tensor) -> list[tuple[float, float]]:
    return sorted(zip(near.tolist(), far.tolist(), strict=True))


def test_all_triplets_are_all_of_them(batch: tuple[torch.Tensor, torch.Tensor]) -> None:
    e, labels = batch
    found = pairs(*losses.all_triplets(losses.distance_matrix(e), labels))
    assert found == sorted(naive(e, labels))
    assert len(found) == 18 * 2 * 15


def test_semi_hard_negatives_are_farther_by_less_than_the_gap(
    batch: tuple[torch.Tensor, torch.Tensor],
) -> None:
    e, labels = batch
    found = pairs(*losses.semi_hard_triplets(losses.distance_matrix(e), e, labels, gap=0.7))
    expected = sorted((near, far) for near, far in naive(e, labels) if 0 < far - near <= 0.7)
    assert found == expected
    assert 0 < len(expected) < 18 * 2 * 15


def test_a_batch_without_semi_hard_triplets_gives_none() -> None:
    e = torch.tensor([[0.0], [0.1], [50.0], [50.1]])
    near, far = losses.semi_hard_triplets(losses.distance_matrix(e), e, torch.tensor([0, 0, 1, 1]), gap=0.5)
    assert len(near) == len(far) == 0
