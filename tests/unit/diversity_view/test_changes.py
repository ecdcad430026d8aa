"""What a batch does, before anything is written."""

from collections.abc import Mapping, Sequence

import pytest

from diversity_contracts.pictures import content_hash
from diversity_contracts.problems import Conflict, InvalidParameter, NotAPicture, ProblemError
from diversity_contracts.wire import Change, ChangeBatch
from diversity_view import changes
from diversity_view.changes import Plan
from diversity_view.records import Entry, Indexed, Position

RED, BLUE = b"red", b"blue"


class Lengths:
    """Represents bytes by their number, refuses those that begin with "not"; counts what it encoded."""

    def __init__(self) -> None:
        self.calls: list[int] = []

    def encode(self, pictures: Sequence[bytes]) -> list[int | ProblemError]:
        self.calls.append(len(pictures))
        return [NotAPicture("No.") if data.startswith(b"not") else len(data) for data in pictures]


def batch(
    *seqs: int, after: int = 0, upto: int = 9, catalogue: str = "c", reset: bool = False
) -> ChangeBatch:
    listed = [Change(seq=seq, image_id=f"p{seq}", content_hash=None) for seq in seqs]
    return ChangeBatch(catalogue_id=catalogue, after=after, upto=upto, reset=reset, changes=listed)


def seqs(plan: Plan | None) -> list[int]:
    assert plan is not None
    return [change.seq for change in plan.changes]


def test_the_first_batch_of_a_catalogue() -> None:
    plan = changes.plan(batch(1, 2), Position())
    assert seqs(plan) == [1, 2]
    assert plan is not None
    assert plan.empty_first
    assert plan.position == Position("c", 9)


def test_a_batch_that_follows_on() -> None:
    plan = changes.plan(batch(5, 9, after=4), Position("c", 4))
    assert seqs(plan) == [5, 9]
    assert plan is not None
    assert not plan.empty_first


def test_what_was_applied_is_skipped() -> None:
    assert seqs(changes.plan(batch(3, 5, 9, after=2), Position("c", 5))) == [9]


@pytest.mark.parametrize("applied", [9, 12])
def test_a_whole_batch_that_was_applied_is_nothing_to_do(applied: int) -> None:
    assert changes.plan(batch(3, 5, after=2), Position("c", applied)) is None


def test_a_gap_is_a_conflict_that_says_where_the_view_stands() -> None:
    with pytest.raises(Conflict, match="stands at change 4"):
        changes.plan(batch(7, after=6), Position("c", 4))


def test_another_catalogue_must_start_at_its_beginning() -> None:
    with pytest.raises(Conflict, match="another catalogue"):
        changes.plan(batch(5, after=4, catalogue="d"), Position("c", 4))
    plan = changes.plan(batch(5, catalogue="d"), Position("c", 40))
    assert plan is not None
    assert plan.empty_first
    assert plan.position == Position("d", 9)


def test_a_reset_empties_and_may_go_back() -> None:
    plan = changes.plan(batch(1, reset=True, upto=1), Position("c", 40))
    assert seqs(plan) == [1]
    assert plan is not None
    assert plan.empty_first
    assert plan.position == Position("c", 1)


@pytest.mark.parametrize(
    "bad",
    [
        batch(1, after=3, upto=2),
        batch(3, after=3, upto=9),
        batch(10, after=3, upto=9),
        batch(1, after=1, upto=9, reset=True),
        batch(5, 5),
    ],
)
def test_numbers_that_contradict_each_other(bad: ChangeBatch) -> None:
    with pytest.raises(InvalidParameter):
        changes.plan(bad, Position("c", 3))


def represented(
    listed: list[Change], pictures: Mapping[str, bytes], stored: Mapping[str, int], encoder: Lengths
) -> changes.Outcome[int]:
    plan = Plan(Position("c", 9), listed, empty_first=False)
    return changes.represent(plan, pictures, encoder.encode, stored.get)


def put(seq: int, data: bytes, *captions: str) -> Change:
    return Change(seq=seq, image_id=f"p{seq}", content_hash=content_hash(data), captions=list(captions))


def test_the_new_contents_are_encoded_in_one_call_each_once() -> None:
    encoder = Lengths()
    sent = {content_hash(RED): RED, content_hash(BLUE): BLUE}
    outcome = represented([put(1, RED, "a bus"), put(2, BLUE), put(3, RED)], sent, {}, encoder)
    assert encoder.calls == [2]
    assert outcome.indexed == {"p1": Indexed(3, ("a bus",)), "p2": Indexed(4), "p3": Indexed(3)}
    assert outcome.entries == {
        "p1": Entry(content_hash(RED), 1, ("a bus",)),
        "p2": Entry(content_hash(BLUE), 2),
        "p3": Entry(content_hash(RED), 3),
    }
    assert outcome.contents == {content_hash(RED): 3, content_hash(BLUE): 4}


def test_a_stored_content_needs_no_bytes() -> None:
    encoder = Lengths()
    outcome = represented([put(1, RED, "a bus")], {}, {content_hash(RED): 7}, encoder)
    assert encoder.calls == [0]
    assert outcome.indexed == {"p1": Indexed(7, ("a bus",))}
    assert outcome.contents == {}


def test_bytes_that_are_missing_or_not_what_they_are_called() -> None:
    with pytest.raises(InvalidParameter, match="holds no picture"):
        represented([put(1, RED)], {}, {}, Lengths())
    with pytest.raises(InvalidParameter, match="another content hash"):
        represented([put(1, RED)], {content_hash(RED): BLUE}, {}, Lengths())


def test_a_picture_that_is_none_is_refused_and_what_stood_under_its_id_goes() -> None:
    bad = b"not a picture"
    sent = {content_hash(bad): bad, content_hash(RED): RED}
    outcome = represented([put(1, bad), put(2, RED)], sent, {}, Lengths())
    assert [refused.image_id for refused in outcome.refused] == ["p1"]
    assert outcome.deletes == ["p1"]
    assert list(outcome.indexed) == ["p2"]


def test_a_deletion() -> None:
    outcome = represented([Change(seq=4, image_id="gone", content_hash=None)], {}, {}, Lengths())
    assert outcome.deletes == ["gone"]
    assert outcome.indexed == {}
