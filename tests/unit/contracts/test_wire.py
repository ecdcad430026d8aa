"""What crosses a process: ids that are keys and never paths, vectors that survive the way."""

import numpy as np
import pytest
from pydantic import ValidationError

from diversity_contracts.image_ids import check_image_id
from diversity_contracts.problems import InvalidParameter, NotReady, Problem
from diversity_contracts.vectors import decode_vector, encode_vector
from diversity_contracts.wire import (
    Caption,
    Neighbor,
    TextNeighbor,
    ViewQuery,
)


@pytest.mark.parametrize(
    "image_id", ["a", "fish/trout", "../../etc/passwd", "%2e%2e", "ü" * 128, "a b", "🐟"]
)
def test_any_text_is_an_id(image_id: str) -> None:
    assert check_image_id(image_id) == image_id
    assert ViewQuery(image_id=image_id).image_id == image_id


@pytest.mark.parametrize("image_id", ["", "a\x00b", "a\nb", "\x7f", "\x85", "x" * 257, "ü" * 129, "\ud800"])
def test_control_characters_and_lengths_are_refused(image_id: str) -> None:
    with pytest.raises(InvalidParameter):
        check_image_id(image_id)
    with pytest.raises(ValidationError):
        ViewQuery(image_id=image_id)


def test_a_vector_comes_back_bit_for_bit() -> None:
    vector = np.random.default_rng(1).normal(size=513).astype(np.float32)
    assert np.array_equal(decode_vector(encode_vector(vector), dimension=513), vector)


@pytest.mark.parametrize("text", ["?", "AAAA", encode_vector(np.zeros(3, np.float32))])
def test_a_vector_of_another_length_is_refused(text: str) -> None:
    with pytest.raises(InvalidParameter):
        decode_vector(text, dimension=2)


def test_a_vector_must_be_finite() -> None:
    with pytest.raises(InvalidParameter):
        decode_vector(encode_vector(np.array([1.0, np.inf], np.float32)), dimension=2)


def test_a_percentile_outside_its_range_is_refused() -> None:
    with pytest.raises(ValidationError):
        Neighbor(image_id="a", distance=1.0, percentile=1.01)


@pytest.mark.parametrize(
    "over", [{"similarity": 1.01}, {"similarity": -0.01}, {"caption_source": "guessed"}, {"caption": None}]
)
def test_what_the_caption_view_says_of_a_picture_is_checked(over: dict[str, object]) -> None:
    fields: dict[str, object] = {
        "image_id": "a",
        "similarity": 1.0,
        "percentile": 0.5,
        "caption": "",
        "caption_source": "human",
    }
    assert TextNeighbor.model_validate(fields).similarity == 1.0
    with pytest.raises(ValidationError):
        TextNeighbor.model_validate({**fields, **over})


def test_the_logarithm_of_a_probability_is_not_positive() -> None:
    assert Caption(caption="a dog", log_probability=-3.5, artifact="c").log_probability == -3.5
    with pytest.raises(ValidationError):
        Caption(caption="a dog", log_probability=0.1, artifact="c")


def test_a_problem_document_names_its_kind_and_reason() -> None:
    error = NotReady("The index is loading.", retry_after_s=3)
    assert error.headers() == {"Retry-After": "3"}
    assert error.document("r1") == Problem(
        type="urn:diversity:problem:not-ready",
        title="Not ready to serve this",
        status=503,
        detail="The index is loading.",
        request_id="r1",
    )
