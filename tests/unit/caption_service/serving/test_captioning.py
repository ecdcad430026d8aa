"""Bytes to sentences: colours named by hand, refusals in their places, the manifest's wishes kept."""

import math

import numpy as np
import pytest

from caption_service.captioning import Writer
from caption_service.written import Written, WrittenCodec
from diversity_contracts.manifest import BadArtifact
from diversity_contracts.problems import NotAPicture, ProblemError
from tests.fakes.captioner import VOCABULARY, ColourDecoder, MeanColour, captioning
from tests.fakes.drawn import encoded, plain

MODEL: dict[str, bool | int | float | str] = {"max_length": 4, "vocabulary_size": 7}


def test_the_strongest_colour_and_the_probability_of_its_name() -> None:
    found = captioning().one(encoded(plain((200, 50, 0))))
    assert found.sentence == "red"
    assert found.log_probability == pytest.approx(math.log(0.8))
    assert captioning().one(encoded(plain((1, 2, 60))), width=1).sentence == "blue"


def test_a_batch_is_encoded_in_one_call_and_refusals_stay_in_their_places() -> None:
    encoder = MeanColour()
    pictures = [encoded(plain((0, 9, 0))), b"broken", encoded(plain((9, 0, 0)))]
    found = captioning(encoder).written(pictures)
    assert (encoder.batches, encoder.encoded) == (1, 2)
    assert isinstance(found[1], NotAPicture)
    assert [item.sentence for item in found if not isinstance(item, ProblemError)] == ["green", "red"]


def test_features_that_are_not_finite_are_refused() -> None:
    class Broken(MeanColour):
        def encode(self, inputs):  # type: ignore[no-untyped-def]
            return super().encode(inputs) * np.float32(np.nan)

    with pytest.raises(NotAPicture, match="finite"):
        captioning(Broken()).one(encoded(plain((0, 9, 0))))


def test_the_manifest_says_how_wide_and_how_long() -> None:
    usual = Writer.of(ColourDecoder(), VOCABULARY, MODEL)
    assert (usual.width, usual.length_penalty, usual.max_length) == (3, 0.0, 4)
    wished = Writer.of(ColourDecoder(), VOCABULARY, {**MODEL, "beam": 5, "length_penalty": 0.7})
    assert (wished.width, wished.length_penalty) == (5, 0.7)


@pytest.mark.parametrize(
    "over",
    [
        {"beam": 0},
        {"beam": 11},
        {"beam": "3"},
        {"length_penalty": -1},
        {"length_penalty": "x"},
        {"max_length": 0},
        {"vocabulary_size": 8},
    ],
)
def test_a_manifest_that_makes_no_sense(over: dict[str, bool | int | float | str]) -> None:
    with pytest.raises(BadArtifact):
        Writer.of(ColourDecoder(), VOCABULARY, {**MODEL, **over})


def test_a_sentence_comes_back_from_its_bytes() -> None:
    codec, written = WrittenCodec(), Written("un café “rouge”", -3.25)
    assert codec.unpack(codec.pack(written)) == written
    assert codec.unpack(codec.pack(Written("", 0.0))) == Written("", 0.0)


@pytest.mark.parametrize(
    "payload", [b"", b"[", b"{}", b'["a"]', b'["a", "b"]', b"[1, 2.0]", b'["a", NaN]', b"\xff"]
)
def test_bytes_that_are_no_sentence(payload: bytes) -> None:
    with pytest.raises(ValueError):  # noqa: PT011  whatever the reason is, the store calls it damage
        WrittenCodec().unpack(payload)
