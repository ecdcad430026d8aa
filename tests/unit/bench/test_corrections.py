"""The weighed corrections against plain loops over a small gallery."""

import numpy as np
import pytest

from drml_service.correction import usual_distances
from tests.bench import corrections

SOURCE = np.random.default_rng(8)


def test_the_taken_one_is_the_service_s() -> None:
    vectors, sample = (
        SOURCE.normal(size=(30, 6)).astype(np.float32),
        SOURCE.normal(size=(9, 6)).astype(np.float32),
    )
    far = np.linalg.norm(vectors[:3, None].astype(np.float64) - vectors[None], axis=2)
    gallery = np.linalg.norm(vectors[:, None].astype(np.float64) - sample[None], axis=2)
    mean, deviation = usual_distances(vectors, sample).T
    found = corrections.CORRECTIONS["z of D⁴ (taken)"](far, gallery, gallery[:3])
    assert found == pytest.approx((far**4 - mean) / deviation, rel=1e-6)


def test_by_hand() -> None:
    far, gallery, asking = np.array([[2.0, 6.0]]), np.array([[1.0, 3.0], [5.0, 7.0]]), np.array([[2.0, 4.0]])
    table = corrections.CORRECTIONS
    assert table["D − mean"](far, gallery, asking).tolist() == [[0.0, 0.0]]
    assert table["z of D"](far, gallery, asking).tolist() == [[0.0, 0.0]]
    assert corrections.local_scaling(1)(far, gallery, asking).tolist() == [[4 / 2, 36 / 10]]
    assert corrections.csls(1)(far, gallery, asking).tolist() == [[4 - 2 - 1, 12 - 2 - 5]]
    assert corrections.farthest_mean(1)(far, gallery, asking).tolist() == [[-1.0, -1.0]]
    assert table["share of the references"](far, gallery, asking) == pytest.approx(np.array([[0.5, 0.5]]))
    assert table["mutual proximity, normal"](far, gallery, asking)[0, 0] == pytest.approx(0.1586553 * 0.5)


def test_rows_cover_every_correction_and_band() -> None:
    vectors, sample = (
        SOURCE.normal(size=(500, 4)).astype(np.float32),
        SOURCE.normal(size=(20, 4)).astype(np.float32),
    )
    found = list(corrections.rows(vectors, sample, np.arange(50)))
    assert len(found) == len(corrections.CORRECTIONS) * len(corrections.BANDS)
    raw = {row[2:] for row in found if row[0] == "none"}
    assert len(raw) == 1
    assert all(
        0 < distinct <= 250 and 0 < top <= 1 and 0.9 < mean <= 1 for _, _, distinct, top, mean in found
    )
