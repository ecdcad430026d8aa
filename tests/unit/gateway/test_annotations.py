"""Captions, metadata and filters: what is kept, what is refused."""

import pytest

from diversity_contracts.problems import InvalidParameter
from diversity_gateway.annotations import check_captions, check_filter, check_metadata


def test_captions_are_trimmed_and_kept_once() -> None:
    assert check_captions([" a dog ", "", "a cat", "a dog"]) == ["a dog", "a cat"]


@pytest.mark.parametrize(
    "captions", [["x" * 1_001], [str(number) for number in range(33)], ["\ud800"], ["a\x00"]]
)
def test_captions_refused(captions: list[str]) -> None:
    with pytest.raises(InvalidParameter):
        check_captions(captions)


def test_the_longest_caption_is_kept() -> None:
    assert check_captions(["x" * 1_000]) == ["x" * 1_000]


def test_metadata_is_flat() -> None:
    value = {"class": "fish", "year": 2014, "share": 0.5, "drawn": True}
    assert check_metadata(value) == value


@pytest.mark.parametrize(
    "value",
    [{"a": None}, {"a": []}, {"a": {}}, {"a": 2**63}, {"a": "x" * 8_200}, {"\ud800": 1}, {"a": "\ud800"}],
)
def test_metadata_refused(value: dict[str, object]) -> None:
    with pytest.raises(InvalidParameter):
        check_metadata(value)


def test_a_filter_takes_a_value_or_several() -> None:
    assert check_filter({"class": "fish", "year": [1, 2.5], "drawn": False}) == {
        "class": ("fish",),
        "year": (1, 2.5),
        "drawn": (False,),
    }


@pytest.mark.parametrize("value", [{"a": []}, {"a": [None]}, {"a": {"$gt": 1}}, {"a": [1] * 1_001}])
def test_a_filter_refused(value: dict[str, object]) -> None:
    with pytest.raises(InvalidParameter):
        check_filter(value)
