"""Which rows of a collection a moment shows, and how it is kept."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from diversity_view.records import Position
from drml_service.milvus import moment as moments
from drml_service.milvus.moment import Moment

MOMENTS = st.builds(
    Moment,
    number=st.integers(0, 10**6),
    low=st.integers(0, 40),
    high=st.integers(40, 90),
    count=st.integers(0, 90),
    largest_norm=st.floats(0, 1e15),
    dead=st.frozensets(st.integers(0, 99), max_size=9),
)
POSITIONS = st.builds(Position, st.none() | st.text(max_size=9), st.integers(0, 2**53))


@given(POSITIONS, MOMENTS)
def test_a_moment_is_read_as_it_was_written(position: Position, moment: Moment) -> None:
    assert moments.read(moment.text(position)) == (position, moment)


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"format": 2}', '{"format": 1, "number": 1}', "null"])
def test_what_no_moment_was_written_as_is_told(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        moments.read(text)


@given(MOMENTS, st.integers(1, 30))
def test_the_filter_lets_through_what_the_moment_shows(moment: Moment, width: int) -> None:
    """Python reads the filter as Milvus does; its pieces are the whole without overlap."""
    whole = [row for row in range(100) if eval(moment.expression(), {"row": row})]
    assert whole == [row for row in range(100) if moment.shows(row)]
    pieces = [
        row
        for start, stop in moment.ranges(width)
        for row in range(100)
        if eval(moment.expression(start, stop), {"row": row})
    ]
    assert pieces == whole
    assert all(0 < stop - start <= width for start, stop in moment.ranges(width))
