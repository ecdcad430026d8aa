"""What a batch does, before anything is written."""

from collections.abc import Mapping

import numpy as np
import pytest

from diversity_contracts.pictures import content_hash
from diversity_contracts.problems import Conflict, InvalidParameter
from diversity_contracts.wire import Change, ChangeBatch
from drml_service import changes
from drml_service.changes import Plan
from drml_service.encoding import PictureEncoding
from drml_service.store import Position
from tests.fakes.drawn import encoded, plain
from tests.fakes.encoder import MeanColour

RED, BLUE = encoded(plain((255, 0, 0))), encoded(plain((0, 0, 255)))


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
    listed: list[Change], pictures: Mapping[str, bytes], stored: Mapping[str, np.ndarray], encoder: MeanColour
) -> changes.Outcome:
    plan = Plan(Position("c", 9), listed, empty_first=False)
    encoding = PictureEncoding(encoder, observe=lambda *_: None)
    return changes.represent(plan, pictures, encoding, stored.get)


def put(seq: int, data: bytes) -> Change:
    return Change(seq=seq, image_id=f"p{seq}", content_hash=content_hash(data))


def test_pictures_become_vectors_and_one_content_is_encoded_once() -> None:
    encoder = MeanColour()
    sent = {content_hash(RED): RED, content_hash(BLUE): BLUE}
    outcome = represented([put(1, RED), put(2, BLUE), put(3, RED)], sent, {}, encoder)
    assert encoder.encoded == 2
    assert {key: vector.tolist() for key, vector in outcome.vectors.items()} == {
        "p1": [255, 0, 0],
        "p2": [0, 0, 255],
        "p3": [255, 0, 0],
    }
    assert outcome.entries == {
        "p1": (content_hash(RED), 1),
        "p2": (content_hash(BLUE), 2),
        "p3": (content_hash(RED), 3),
    }
    assert outcome.contents.keys() == {content_hash(RED), content_hash(BLUE)}


def test_a_stored_content_needs_no_bytes() -> None:
    encoder, held = MeanColour(), np.array([1, 2, 3], dtype=np.float32)
    outcome = represented([put(1, RED)], {}, {content_hash(RED): held}, encoder)
    assert encoder.encoded == 0
    assert outcome.vectors["p1"] is held
    assert outcome.contents == {}


def test_bytes_that_are_missing_or_not_what_they_are_called() -> None:
    with pytest.raises(InvalidParameter, match="holds no picture"):
        represented([put(1, RED)], {}, {}, MeanColour())
    with pytest.raises(InvalidParameter, match="another content hash"):
        represented([put(1, RED)], {content_hash(RED): BLUE}, {}, MeanColour())


def test_a_picture_that_is_none_is_refused_and_what_stood_under_its_id_goes() -> None:
    bad = b"not a picture"
    sent = {content_hash(bad): bad, content_hash(RED): RED}
    outcome = represented([put(1, bad), put(2, RED)], sent, {}, MeanColour())
    assert [refused.image_id for refused in outcome.refused] == ["p1"]
    assert outcome.deletes == ["p1"]
    assert list(outcome.vectors) == ["p2"]


def test_a_deletion() -> None:
    outcome = represented([Change(seq=4, image_id="gone", content_hash=None)], {}, {}, MeanColour())
    assert outcome.deletes == ["gone"]
    assert outcome.vectors == {}
