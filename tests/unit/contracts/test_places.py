"""Places cross the wire within half a step, and what lies far out arrives at the edge."""

import numpy as np
import pytest

from diversity_contracts.places import STEPS, pack_points, unpack_points


def test_places_come_back_within_half_a_step() -> None:
    places = np.random.default_rng(0).uniform(-1.99, 1.99, (500, 2)).astype(np.float32)
    assert np.abs(unpack_points(pack_points(places), 500) - places).max() <= 0.5 / STEPS + 1e-7


def test_what_lies_outside_is_on_the_edge() -> None:
    places = np.array([[5.0, -9.0], [np.inf, 0.0]], dtype=np.float32)
    assert unpack_points(pack_points(places), 2) == pytest.approx(np.array([[2, -2], [2, 0]]), abs=1e-4)


def test_100_000_places_are_half_a_megabyte() -> None:
    assert len(pack_points(np.zeros((100_000, 2), np.float32))) < 540_000


def test_another_number_of_places_is_refused() -> None:
    with pytest.raises(ValueError, match="no places of 3"):
        unpack_points(pack_points(np.zeros((2, 2), np.float32)), 3)
    with pytest.raises(ValueError, match="ase64"):
        unpack_points("not base64!", 3)
