"""What is known of the pictures that a view does not take."""

import pytest

from diversity_contracts.wire import Change, ChangeBatch, ChangesApplied, RefusedChange
from diversity_gateway import refusals
from diversity_gateway.refusals import Refusals, absent
from diversity_gateway.wishes import Refused
from tests.fakes.numbers import NumbersView


def follow(known: Refusals, after: int, upto: int, ids: str, refused: str) -> None:
    """A batch that changes the pictures `ids`, of which `refused` are not taken; one letter an id."""
    changes = [Change(seq=after + place, image_id=key, content_hash="0") for place, key in enumerate(ids, 1)]
    known.follow(
        ChangeBatch(catalogue_id="c", after=after, upto=upto, changes=changes),
        ChangesApplied(
            applied=upto, count=0, refused=[RefusedChange(image_id=key, detail=f"{key}?") for key in refused]
        ),
    )


def test_it_follows_the_changes() -> None:
    known = Refusals()
    follow(known, 0, 3, "abc", "ac")
    assert known.known == Refused(3, frozenset("ac"))
    assert (known.reason("a"), known.reason("b")) == ("a?", None)
    follow(known, 3, 5, "ad", "d")  # a has other bytes now
    assert known.known == Refused(5, frozenset("cd"))
    follow(known, 5, 6, "c", "")
    assert known.known == Refused(6, frozenset("d"))
    follow(known, 0, 6, "ab", "b")  # the view began anew, and d is not there any more
    assert known.known == Refused(6, frozenset("b"))
    known.replace(["b", "x"], 6)
    assert (known.reason("b"), known.reason("x"), len(known)) == ("b?", refusals.REASON, 2)


def test_past_a_limit_nothing_is_claimed() -> None:
    known = Refusals()
    known.replace([f"p{number}" for number in range(refusals.MOST + 1)], 9)
    assert known.known == Refused(9, frozenset())
    assert len(known) == refusals.MOST + 1


async def test_what_is_absent_is_found_by_asking() -> None:
    view = NumbersView({"b": 1.0, "d": 2.0}, applied=4)
    assert await absent(view, ["a", "b", "c", "d"]) == (["a", "c"], 4)
    own = NumbersView({"b": 1.0, "d": 2.0}, applied=4, own="b")  # no neighbor of itself, and held
    assert await absent(own, ["a", "b", "d"]) == (["a"], 4)


async def test_nothing_is_said_of_a_view_that_knows_none_or_moves() -> None:
    assert await absent(NumbersView({}, applied=4), ["a", "b"]) is None
    names = [f"p{number:05}" for number in range(refusals.AT_ONCE + 1)]
    moving = NumbersView(dict.fromkeys(names, 1.0), applied=4, moves=9)
    assert await absent(moving, names) is None


@pytest.mark.parametrize("count", [refusals.AT_ONCE, refusals.AT_ONCE + 1])
async def test_large_catalogues_are_asked_in_pieces(count: int) -> None:
    names = [f"p{number:05}" for number in range(count)]
    view = NumbersView(dict.fromkeys(names[:-1], 1.0), applied=4)
    assert await absent(view, names) == (names[-1:], 4)
    assert max(view.measured) == refusals.AT_ONCE
