"""Where a view's list ends although the catalogue does not."""

from dataclasses import replace
from pathlib import Path

from diversity_gateway.depths import MAX_DEPTH
from diversity_gateway.ranking import Band
from diversity_gateway.retrieve import Retrieval
from diversity_gateway.wishes import Wish
from tests.fakes.numbers import NumbersView
from tests.unit.gateway.test_retrieve import QUERY, filled, got, no_picture


async def test_what_lies_past_the_longest_list_is_not_exact(tmp_path: Path) -> None:
    """A list ends at 100,000: a band that begins there or behind is cut, and the answer says so."""
    names = [f"p{number:06}" for number in range(MAX_DEPTH + 50)]
    view = NumbersView({name: float(number) for number, name in enumerate(names)}, len(names))
    retrieval = Retrieval({"a": view}, filled(tmp_path, names), no_picture)
    whole = Wish("similar", 10, {"a": 1.0}, band=Band(0.9, 1.0))
    found = await retrieval.find(QUERY, whole)
    name, share = got(found)[0]
    assert (name, round(share, 4)) == (names[90_045], 0.9)
    assert found.exact
    cut = replace(whole, band=Band(0.9999, 1.0))
    found = await retrieval.find(QUERY, cut)
    assert (len(found.ranked), found.exact) == (0, False)
    assert max(view.depths) == MAX_DEPTH
