"""A filter costs no more than what passes it: what lies at the other end of the lists is measured."""

from pathlib import Path

import pytest

from diversity_gateway.ranking import Mode
from diversity_gateway.retrieve import MAX_MEASURED, Retrieval
from diversity_gateway.wishes import Wish
from tests.fakes.numbers import NumbersView
from tests.unit.gateway.test_retrieve import MODES, QUERY, filled, got, no_picture

SIZE = 14_000
PASSING = SIZE // 2
NAMES = [f"p{number:05}" for number in range(SIZE)]


def view(mode: Mode, unlike: bool) -> NumbersView:
    """Pictures whose `parity` is 1 (every other one) at the end that is read last, or among the rest."""
    far = -1 if mode == "divergent" else 1
    return NumbersView(
        {name: float(place + far * SIZE * (place % 2 == 0) * unlike) for place, name in enumerate(NAMES)},
        SIZE,
    )


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("names", ["a", "ab"])
@pytest.mark.parametrize("unlike", [True, False])
async def test_lists_are_read_no_deeper_than_what_passes(
    tmp_path: Path, mode: Mode, names: str, unlike: bool
) -> None:
    views = {name: view(mode, unlike) for name in names}
    wish = Wish(mode, 8, dict.fromkeys(names, 1.0), filter={"parity": (1,)})
    found = await Retrieval(dict(views), filled(tmp_path, NAMES), no_picture).find(QUERY, wish)
    sign = -1 if mode == "divergent" else 1
    distances, shares = views["a"].distances, views["a"].percentiles()
    best = sorted(NAMES[::2], key=lambda name: (sign * distances[name], name))[:8]
    assert got(found) == [(name, shares[name]) for name in best]
    assert found.exact
    assert PASSING > MAX_MEASURED
    assert max(views["a"].depths) <= PASSING
    if unlike:
        assert sum(views["a"].measured) >= PASSING - 8
    else:
        assert len(views["a"].depths) == 1
