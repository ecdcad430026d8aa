"""Words and their indices, both ways."""

import pytest

from caption_service.vocabulary import SPECIAL, UNKNOWN, Vocabulary
from diversity_contracts.manifest import BadArtifact


@pytest.fixture
def words() -> Vocabulary:
    return Vocabulary.counted(["a dog runs", "a dog sits", "a cat", "zebra a"], floor=1)


def test_words_stand_by_falling_count_then_by_name(words: Vocabulary) -> None:
    assert words.words == (*SPECIAL, "a", "dog", "cat", "runs", "sits", "zebra")
    assert words.size == 10


def test_rare_words_are_left_out() -> None:
    assert Vocabulary.counted(["a dog", "a dog", "a cat"], floor=2).words == (*SPECIAL, "a", "dog")


def test_a_caption_comes_back(words: Vocabulary) -> None:
    tokens = words.encode("a zebra runs")
    assert tokens == [4, 9, 7]
    assert words.decode(tokens) == "a zebra runs"


def test_unknown_words_have_an_index_of_their_own(words: Vocabulary) -> None:
    assert words.encode("a yak") == [4, UNKNOWN]
    assert words.encode("") == []


def test_what_follows_the_end_is_not_read(words: Vocabulary) -> None:
    assert words.decode([1, 4, 5, 2, 6, 0]) == "a dog"
    assert words.decode([0, 3]) == "<unk>"


@pytest.mark.parametrize("token", [-1, 10])
def test_no_token_outside_the_vocabulary(words: Vocabulary, token: int) -> None:
    with pytest.raises(IndexError):
        words.decode([token])


def test_json_both_ways(words: Vocabulary) -> None:
    assert Vocabulary.from_json(words.to_json()) == words


@pytest.mark.parametrize(
    "value",
    [
        {},
        [],
        {"words": "abcd"},
        {"words": [*SPECIAL, 5]},
        {"words": ["<pad>", "<end>", "<start>", "<unk>"]},
        {"words": [*SPECIAL, "dog", "dog"]},
    ],
)
def test_other_json_is_refused(value: object) -> None:
    with pytest.raises(BadArtifact):
        Vocabulary.from_json(value)  # type: ignore[arg-type]
