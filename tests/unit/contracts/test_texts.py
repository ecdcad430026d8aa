"""Many texts as one are the same texts."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from diversity_contracts.texts import Texts

TEXTS = st.lists(st.text(max_size=5), max_size=8)


@given(TEXTS, TEXTS)
def test_they_are_the_list(first: list[str], later: list[str]) -> None:
    found = Texts.of(first)
    assert list(found) == first
    assert [found[place] for place in range(-len(first), len(first))] == first + first
    assert list(found[1:3]) == first[1:3]
    assert list(found + Texts.of(later)) == first + later
    assert list(Texts(found.whole, found.lengths)) == first


def test_there_is_nothing_beyond_them() -> None:
    for place in (-3, 2):
        with pytest.raises(IndexError):
            Texts.of(["a", "b"])[place]


def test_lengths_must_be_those_of_the_texts() -> None:
    with pytest.raises(ValueError, match="lengths"):
        Texts("abc", np.array([1, 1], dtype=np.uint32))
