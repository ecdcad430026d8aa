"""What is read next, and what counts as the whole catalogue."""

from collections.abc import Sequence

import pytest

from diversity_gateway.entries import Snapshot
from diversity_gateway.evidence import FLAT_LAG, GROWTH, Evidence, Moved
from diversity_gateway.measured import NOTHING, ByDistance, Numbers
from diversity_gateway.views import Asked, Listing, Measures, Stand, ViewQuery
from diversity_gateway.wishes import Refused, Wish

BOTH = {"drml": 1.0, "caption": 1.0}
STAND = Stand("a-1", 9, 9)


def evidence(weights: dict[str, float] = BOTH, *, pinned: bool = True, **refused: Refused) -> Evidence:
    known = {name: refused.get(name, Refused()) for name in weights}
    return Evidence(ViewQuery(b"picture"), Wish("divergent", 2, weights), pinned, known)


def listing(shares: Sequence[float], stand: Stand = STAND) -> Listing:
    entries = [ByDistance(f"p{place}", share, share) for place, share in enumerate(shares)]
    return Listing(Numbers.of(entries), stand, Asked(None, "q"), "a dog")


def read(seen: Evidence, name: str, shares: Sequence[float], depth: int | None = None) -> None:
    reply = listing(shares)
    seen.note(name, reply)
    seen.note_list(name, reply, len(shares) if depth is None else depth)


FALLING = [0.9, 0.8, 0.7, 0.6]
TIED = [0.7] * 4


def test_lists_are_read_deeper_until_their_end() -> None:
    seen = evidence()
    read(seen, "drml", FALLING)
    read(seen, "caption", FALLING)
    assert seen.deeper(1_000) == {"drml": 4 * GROWTH, "caption": 4 * GROWTH}
    assert seen.deeper(10) == {"drml": 10, "caption": 10}
    assert seen.deeper(4) == {}
    read(seen, "caption", FALLING, depth=5)  # one more was asked for than there are
    assert seen.deeper(1_000) == {"drml": 4 * GROWTH}
    assert seen.readings["caption"].frontier.exhausted


def test_a_list_inside_a_tie_waits_for_the_others() -> None:
    seen = evidence()
    read(seen, "drml", FALLING)
    read(seen, "caption", TIED)
    assert seen.deeper(1_000) == {"drml": 4 * GROWTH}
    # Not for ever: the tie may end at the next entry.
    read(seen, "drml", [1 - place / 1_000 for place in range(4 * FLAT_LAG)])
    assert seen.deeper(10_000) == {"drml": 4 * FLAT_LAG * GROWTH, "caption": 4 * GROWTH}
    # And not when nothing else is left to read.
    read(seen, "drml", FALLING, depth=5)
    assert seen.deeper(1_000) == {"caption": 4 * GROWTH}


def test_a_list_that_leaves_a_tie_and_enters_another() -> None:
    seen = evidence()
    flat = list[bool]()
    for shares in (TIED, TIED + [0.6] * 4, TIED + [0.6] * 12):
        read(seen, "drml", shares)
        flat.append(seen.readings["drml"].flat)
    assert flat == [True, False, True]


def test_a_view_without_weight_is_not_read_deeper() -> None:
    seen = evidence({"drml": 1.0, "caption": 0.0})
    read(seen, "drml", FALLING)
    read(seen, "caption", [0.9])
    assert seen.deeper(1_000) == {"drml": 4 * GROWTH}
    assert seen.candidates() == ["p0", "p1", "p2", "p3"]


def test_refused_pictures_are_candidates() -> None:
    seen = evidence(caption=Refused(9, frozenset({"odd"})))
    read(seen, "drml", [0.9])
    read(seen, "caption", [0.9])
    assert seen.candidates() == ["p0", "odd"]
    assert seen.missing("drml", seen.candidates()) == ["odd"]


@pytest.mark.parametrize(
    ("stand", "refused", "expected"),
    [
        (Stand("a-1", 9, 9), Refused(), True),
        (Stand("a-1", 9, 8), Refused(), False),  # holds less than there is
        (Stand("a-1", 8, 9), Refused(), False),  # stands at an earlier change
        (Stand("a-1", 9, 8), Refused(9, frozenset({"odd"})), True),
        (Stand("a-1", 9, 8), Refused(8, frozenset({"odd"})), False),  # known of an earlier state
        (Stand("a-1", 9, 9), Refused(9, frozenset({"odd"})), False),
    ],
)
def test_in_step(stand: Stand, refused: Refused, expected: bool) -> None:
    seen = evidence({"drml": 1.0}, drml=refused)
    seen.note("drml", listing(FALLING, stand))
    assert seen.in_step(Snapshot(version=9, size=9)) is expected


def test_a_view_that_moves_ends_the_attempt_or_is_noted() -> None:
    moved = Measures(NOTHING, Stand("a-1", 10, 9), Asked(None, "q"))
    pinned = evidence()
    pinned.note("drml", listing(FALLING))
    with pytest.raises(Moved):
        pinned.note("drml", moved)
    loose = evidence(pinned=False)
    loose.note("drml", listing(FALLING))
    loose.note("drml", moved)
    assert loose.accounts["drml"].moved
    assert not loose.in_step(Snapshot(version=10, size=9))
