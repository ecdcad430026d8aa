"""Bytes to vectors: in batches, refusals in their places."""

from collections.abc import Sequence

import numpy as np
import pytest

from diversity_contracts.problems import NotAPicture, ProblemError, TooLarge
from drml_service.encoding import PictureEncoding, index_key
from tests.fakes.drawn import drawn, encoded, plain
from tests.fakes.encoder import MeanColour


class Watched(MeanColour):
    """Notes the size of every batch; answers NaN for black."""

    def __init__(self) -> None:
        super().__init__()
        self.batches: list[int] = []

    def encode(self, inputs: Sequence[np.ndarray]) -> np.ndarray:
        self.batches.append(len(inputs))
        vectors = super().encode(inputs)
        vectors[vectors.sum(axis=1) == 0] = np.nan
        return vectors


def test_batches_of_32_and_everything_in_its_place() -> None:
    encoder, stages = Watched(), list[str]()
    pictures = [encoded(plain((number, 1, 0), size=(2, 2))) for number in range(70)]
    pictures[40] = b"broken"
    found = PictureEncoding(encoder, observe=lambda stage, _: stages.append(stage)).vectors(pictures)
    assert encoder.batches == [32, 31, 6]
    assert stages == ["decode", "encode"] * 3
    assert isinstance(found[40], NotAPicture)
    for number in set(range(70)) - {40}:
        vector = found[number]
        assert not isinstance(vector, ProblemError)
        assert vector.tolist() == [number, 1, 0]


def test_a_batch_of_nothing_usable_is_not_encoded() -> None:
    encoder = Watched()
    found = PictureEncoding(encoder, observe=lambda *_: None).vectors([b"x", b"y"])
    assert [type(item) for item in found] == [NotAPicture, NotAPicture]
    assert encoder.batches == []


def test_one_picture_raises_its_refusal() -> None:
    encoding = PictureEncoding(Watched(), observe=lambda *_: None, max_pixels=100)
    with pytest.raises(NotAPicture):
        encoding.vector(b"not a picture")
    with pytest.raises(TooLarge):
        encoding.vector(drawn(1, size=(11, 10)))
    assert encoding.vector(encoded(plain((9, 8, 7)))).tolist() == [9, 8, 7]


def test_an_answer_that_is_not_finite_is_refused() -> None:
    with pytest.raises(NotAPicture, match="finite"):
        PictureEncoding(Watched(), observe=lambda *_: None).vector(encoded(plain((0, 0, 0))))


def test_an_index_is_bound_to_the_artifact_and_the_precision() -> None:
    keys = {index_key(digest, precision) for digest in ("a", "b") for precision in ("float32", "int8")}
    assert len(keys) == 4
    assert index_key("a", "int8") in keys
