"""Which pictures stay where some are practically the same, against loops and by hand."""

from hypothesis import given
from hypothesis import strategies as st

from diversity_gateway.appearance import Appearance
from diversity_gateway.likeness import WINDOW, close_looks, equal_contents, without_twins


def look(shapes: int | None, level: int = 0) -> Appearance:
    return Appearance(shapes, bytes([level] * 48), blank=shapes is None)


def test_close_looks_by_hand() -> None:
    """Six bits of shape and six levels of colour are close, one more is not; a blank one is like none."""
    looks = [look(0), look(0b111111), look(0b1111111), look(0, 6), look(0, 7), look(None), None, look(-1)]
    found = close_looks(looks)
    assert (0, 1) in found
    assert (0, 2) not in found
    assert (0, 3) in found
    assert (0, 4) not in found
    assert all(5 not in pair and 6 not in pair and 7 not in pair for pair in found)


@given(st.lists(st.integers(-(2**63), 2**63 - 1), max_size=12))
def test_close_looks_are_counted_bit_by_bit(hashes: list[int]) -> None:
    expected = [
        (first, later)
        for first in range(len(hashes))
        for later in range(first + 1, len(hashes))
        if ((hashes[first] ^ hashes[later]) & (2**64 - 1)).bit_count() <= 6
    ]
    assert close_looks([look(value) for value in hashes]) == expected


def test_equal_contents_go_with_the_first() -> None:
    assert equal_contents(["x", "y", "x", "x", "y"]) == [(0, 2), (0, 3), (1, 4)]


def test_likeness_is_no_chain() -> None:
    """b is like a, c is like b: b goes, c stays."""
    assert without_twins(3, {0: [1], 1: [2]}) == {0: [1], 2: []}


@given(st.integers(0, 9), st.sets(st.tuples(st.integers(0, 8), st.integers(0, 8))))
def test_reading_on_takes_nothing_back(count: int, drawn: set[tuple[int, int]]) -> None:
    alike = {first: {b for a, b in drawn if a == first and b > a} for first, _ in drawn}
    whole = without_twins(9, alike)
    short = without_twins(count, {a: {b for b in later if b < count} for a, later in alike.items()})
    assert list(short) == [place for place in whole if place < count]


def test_a_twin_far_behind_is_left_out_and_not_named() -> None:
    alike = {0: {WINDOW, WINDOW + 1}}
    stays = without_twins(WINDOW + 3, alike)
    assert stays[0] == [WINDOW]
    assert WINDOW + 1 not in stays
    assert WINDOW + 2 in stays
