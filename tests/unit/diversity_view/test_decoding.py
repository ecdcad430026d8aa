"""Bytes through a network: in batches, refusals in their places."""

import threading
from collections.abc import Sequence
from typing import Any

import pytest
from PIL import Image

from diversity_contracts.pictures import Decode, Picture, decode
from diversity_contracts.problems import NotAPicture, NotReady, ProblemError, TooLarge
from diversity_view.decoding import answered
from tests.fakes.drawn import drawn, encoded, plain


class Watched:
    """Answers the red of the first pixel, refuses zero; notes the size of every batch."""

    def __init__(self) -> None:
        self.batches: list[int] = []
        self.stages: list[str] = []

    def prepare(self, picture: Image.Image) -> int:
        red, _, _ = picture.getpixel((0, 0))  # type: ignore[misc]
        return int(red)

    def encode(self, inputs: Sequence[int]) -> list[int | ProblemError]:
        self.batches.append(len(inputs))
        return [item or NotAPicture("Nothing to say.") for item in inputs]

    def answers(
        self, pictures: Sequence[bytes], decode: Decode = decode, at_once: int = 1
    ) -> list[int | ProblemError]:
        return answered(
            pictures,
            self.prepare,
            self.encode,
            max_pixels=100,
            observe=lambda stage, _: self.stages.append(stage),
            decode=decode,
            at_once=at_once,
        )


@pytest.mark.parametrize("at_once", [0, 1, 3])
def test_batches_of_32_and_everything_in_its_place(at_once: int) -> None:
    watched = Watched()
    pictures = [encoded(plain((number, 1, 0), size=(2, 2))) for number in range(70)]
    pictures[40], pictures[69] = b"broken", drawn(1, size=(11, 10))
    found = watched.answers(pictures, at_once=at_once)
    assert watched.batches == [32, 31, 5]
    assert watched.stages == ["decode"] * 3
    assert [type(found[place]) for place in (0, 40, 69)] == [NotAPicture, NotAPicture, TooLarge]
    assert [found[number] for number in range(1, 69) if number != 40] == [
        number for number in range(1, 69) if number != 40
    ]


def test_a_batch_of_nothing_usable_is_not_encoded() -> None:
    watched = Watched()
    assert [type(item) for item in watched.answers([b"x", b"y"])] == [NotAPicture, NotAPicture]
    assert watched.batches == []


def test_that_nothing_can_be_decoded_now_is_no_word_on_a_picture() -> None:
    def away(data: bytes, **_: object) -> Picture:
        raise NotReady("Later.")

    with pytest.raises(NotReady):
        Watched().answers([encoded(plain((1, 1, 1), size=(2, 2)))], away)


def test_pictures_are_decoded_side_by_side() -> None:
    """Each waits for the other: one after the other, none would ever be decoded."""
    together = threading.Barrier(2, timeout=30)

    def meeting(data: bytes, **how: Any) -> Picture:
        together.wait()
        return decode(data, **how)

    pictures = [encoded(plain((number, 1, 0), size=(2, 2))) for number in (1, 2)]
    assert Watched().answers(pictures, meeting, at_once=2) == [1, 2]


def test_the_next_batch_is_decoded_while_one_is_encoded() -> None:
    """The first batch is not encoded before a picture of the second one has been decoded."""
    ahead = threading.Event()
    first, second = ([encoded(plain((red, 1, 0), size=(2, 2)))] * 32 for red in (1, 2))

    def noticed(data: bytes, **how: Any) -> Picture:
        if data == second[0]:
            ahead.set()
        return decode(data, **how)

    class Waiting(Watched):
        def encode(self, inputs: Sequence[int]) -> list[int | ProblemError]:
            assert ahead.wait(30)
            return super().encode(inputs)

    assert Waiting().answers([*first, *second], noticed, at_once=2) == [1] * 32 + [2] * 32
