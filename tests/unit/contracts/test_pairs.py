"""Distances between pictures survive the way from one process to another."""

import numpy as np
import pytest

from diversity_contracts.pairs import pack_pairs, unpack_pairs


@pytest.mark.parametrize("count", [0, 1, 2, 7])
def test_they_come_back(count: int) -> None:
    drawn = np.random.default_rng(count).uniform(0, 9, (count, count)).astype(np.float32)
    distances = np.triu(drawn, 1).astype(np.float64)
    distances += distances.T
    assert np.array_equal(unpack_pairs(pack_pairs(distances), count), distances)


@pytest.mark.parametrize(
    ("text", "count"), [("?", 2), ("AAAA", 2), ("AAAAAA==", 3), ("AADAfw==", 2), ("AACAvw==", 2)]
)
def test_what_is_not_distances_is_refused(text: str, count: int) -> None:
    """No base64, not four bytes, another number of them, NaN, a negative one."""
    with pytest.raises(ValueError, match=r"no distances|base64|padding|padded|Incorrect"):
        unpack_pairs(text, count)
