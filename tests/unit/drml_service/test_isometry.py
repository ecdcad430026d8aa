"""Distances between reduced vectors are distances between embeddings."""

import numpy as np
import pytest

from drml_service.isometry import Isometry


def layer(rows: int, columns: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng(seed)
    return (
        random.standard_normal((rows, columns), dtype=np.float32),
        random.standard_normal(rows, dtype=np.float32),
    )


def embeddings(weight: np.ndarray, bias: np.ndarray, features: np.ndarray, normalise: bool) -> np.ndarray:
    e: np.ndarray = features.astype(np.float64) @ weight.T.astype(np.float64) + bias
    if normalise:
        e /= np.linalg.norm(e, axis=1, keepdims=True)
    return e


@pytest.mark.parametrize("normalise", [False, True])
@pytest.mark.parametrize("centred", [False, True])
def test_keeps_every_distance_and_lifts_back(normalise: bool, centred: bool) -> None:
    weight, bias = layer(200, 24, seed=1)
    features = np.random.default_rng(2).random((30, 24), dtype=np.float32)
    expected = embeddings(weight, bias, features, normalise)
    mean = expected.mean(axis=0).astype(np.float32) if centred else None
    isometry = Isometry.of(weight, bias, normalise=normalise, mean=mean)

    reduced = isometry.reduce(features)

    assert reduced.shape == (30, 25 if normalise else 24) == (30, isometry.dimension)
    assert reduced.dtype == np.float32
    scale = np.linalg.norm(expected, axis=1).max()
    for i in range(30):
        wanted = np.linalg.norm(expected - expected[i], axis=1)
        found = np.linalg.norm(reduced.astype(np.float64) - reduced[i], axis=1)
        np.testing.assert_allclose(found, wanted, atol=2e-6 * scale)
    np.testing.assert_allclose(isometry.lift(reduced), expected, atol=2e-6 * scale)


def test_the_mean_embedding_becomes_the_origin() -> None:
    weight, bias = layer(64, 8, seed=3)
    features = np.random.default_rng(4).random((50, 8), dtype=np.float32) + 5
    mean = embeddings(weight, bias, features, normalise=False).mean(axis=0).astype(np.float32)
    off = Isometry.of(weight, bias, normalise=False).reduce(features)
    on = Isometry.of(weight, bias, normalise=False, mean=mean).reduce(features)
    assert np.abs(on.mean(axis=0)).max() < 1e-4
    assert np.linalg.norm(on, axis=1).max() < 0.5 * np.linalg.norm(off, axis=1).max()


def test_signs_do_not_depend_on_the_factorisation() -> None:
    """R has no negative diagonal; worked by hand for a single column (3, 4): R = 5."""
    isometry = Isometry.of(
        np.array([[-3.0], [-4.0]], dtype=np.float32), np.zeros(2, dtype=np.float32), normalise=False
    )
    assert isometry.factor[0, 0] == pytest.approx(5)
    assert isometry.reduce(np.array([[2.0]], dtype=np.float32))[0, 0] == pytest.approx(10)
    np.testing.assert_allclose(isometry.basis[:, 0], [-0.6, -0.8])


def test_more_features_than_embedding_numbers() -> None:
    weight, bias = layer(16, 40, seed=5)
    assert Isometry.of(weight, bias, normalise=False).dimension == 16


def test_an_embedding_of_zeros_stays_finite() -> None:
    isometry = Isometry.of(np.eye(3, 2, dtype=np.float32), np.zeros(3, dtype=np.float32), normalise=True)
    assert np.isfinite(isometry.reduce(np.zeros((1, 2), dtype=np.float32))).all()
