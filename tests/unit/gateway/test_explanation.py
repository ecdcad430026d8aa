"""The words that set two pictures' sentences apart, against a character-by-character twin."""

import random
import string

from diversity_gateway.explanation import STOP_WORDS, content_words, explain


def naive_words(sentences: list[str]) -> list[str]:
    """Character by character."""
    words, word = list[str](), ""
    for character in " ".join(sentences) + " ":
        if character.isalnum():
            word += character.lower()
        elif word:
            if word not in STOP_WORDS and word not in words:
                words.append(word)
            word = ""
    return words


def test_by_hand() -> None:
    words = explain("a dog runs through the grass", ["A red bus, on a street.", "The dog's bus!"])
    assert words.only_in_query == ("runs", "grass")
    assert words.only_in_result == ("red", "bus", "street")
    assert words.shared == ("dog",)


def test_order_of_appearance_and_no_word_twice() -> None:
    assert content_words(["snow snow Dogs dogs", "ice SNOW"]) == ["snow", "dogs", "ice"]
    assert explain("b2 c1 b2 a0", ["a0 x9 c1"]).shared == ("c1", "a0")


def test_nothing_in_common_and_nothing_at_all() -> None:
    assert explain("the of and", ["it is"]).only_in_query == ()
    words = explain("a dog", [])
    assert (words.only_in_query, words.only_in_result, words.shared) == (("dog",), (), ())


def test_letters_of_any_script_and_digits() -> None:
    assert content_words(["Ein Bär_im Straßenzug № 7, 狗"]) == ["ein", "bär", "im", "straßenzug", "7", "狗"]


def test_equals_the_naive_twin() -> None:
    source = random.Random(1)
    vocabulary = ["dog", "Dogs", "the", "grass", "2", "on", "Bus", "street", "a", "ON", "runs"]
    noise = string.punctuation + " \t\n"
    for _ in range(300):
        sentences = [
            "".join(source.choice(vocabulary) + source.choice(noise) for _ in range(source.randrange(12)))
            for _ in range(source.randrange(1, 4))
        ]
        assert content_words(sentences) == naive_words(sentences)
        query, result = sentences[0], sentences[1:]
        asked, found = naive_words([query]), naive_words(result)
        words = explain(query, result)
        assert set(words.only_in_query) == set(asked) - set(found)
        assert set(words.only_in_result) == set(found) - set(asked)
        assert set(words.shared) == set(asked) & set(found)
        assert list(words.only_in_query) == [word for word in asked if word not in found]
