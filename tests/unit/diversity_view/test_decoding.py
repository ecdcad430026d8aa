"""Bytes through a network: in batches, refusals in their places."""

from collections.abc import Sequence

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

    def answers(self, pictures: Sequence[bytes], decode: Decode = decode) -> list[int | ProblemError]:
        return answered(
            pictures,
            self.prepare,
            self.encode,
            max_pixels=100,
            observe=lambda stage, _: self.stages.append(stage),
            decode=decode,
        )


def test_batches_of_32_and_everything_in_its_place() -> None:
    watched = Watched()
    pictures = [encoded(plain((number, 1, 0), size=(2, 2))) for number in range(70)]
    pictures[40], pictures[69] = b"broken", drawn(1, size=(11, 10))
    found = watched.answers(pictures)
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
