"""BLEU, ROUGE-L and CIDEr-D: worked by hand, and against naive twins."""

import itertools
import math

import numpy as np
import pytest

from caption_job.bleu import bleu
from caption_job.cider import SIGMA, CiderD
from caption_job.rouge import common_length, rouge_l
from caption_job.tokenisation import Words, words_of


def w(text: str) -> Words:
    return tuple(text.split())


def test_words_are_lower_case_letters_only() -> None:
    assert words_of("A dog's ball, 2-coloured: in mid air .") == w("a dogs ball coloured in mid air")


def test_bleu_counts_a_word_no_more_often_than_a_reference_does() -> None:
    # Papineni et al. 2002, their example 2: two of seven.
    candidate = w("the the the the the the the")
    references = [w("the cat is on the mat"), w("there is a cat on the mat")]
    assert bleu([candidate], [references]) == pytest.approx((2 / 7, 0, 0, 0))


def test_bleu_punishes_brevity_by_the_nearest_reference() -> None:
    short = bleu([w("the cat")], [[w("the cat sat"), w("the cat sat on the mat")]])
    assert short == pytest.approx((math.exp(1 - 3 / 2), math.exp(1 - 3 / 2), 0, 0))
    # Of two equally near the shorter: nothing to punish.
    assert bleu([w("the cat sat")], [[w("the cat"), w("the cat sat down")]])[0] == 1


def test_bleu_adds_up_a_corpus_before_it_divides() -> None:
    candidates = [w("a b"), w("c x y z")]
    references = [[w("a b")], [w("c d e f")]]
    # 1-grams: 2 of 2 and 1 of 4; 2-grams: 1 of 1 and 0 of 3.
    one, two, three, four = bleu(candidates, references)
    assert (one, two) == pytest.approx((3 / 6, math.sqrt(3 / 6 * 1 / 4)))
    assert three == four == 0


def test_a_perfect_sentence() -> None:
    sentence = w("a brown dog runs over the grass")
    assert bleu([sentence], [[w("other words"), sentence]]) == pytest.approx((1, 1, 1, 1))
    assert rouge_l([sentence], [[sentence]]) == pytest.approx(1)


def test_nothing_to_evaluate_is_an_error() -> None:
    for measure in (bleu, rouge_l, CiderD([]).mean):
        with pytest.raises(ValueError, match="nothing"):
            measure([], [])


def test_the_longest_common_subsequence_equals_trying_every_one() -> None:
    random = np.random.default_rng(0)
    for _ in range(60):
        a, b = (tuple(random.choice(list("abc"), random.integers(0, 7))) for _ in range(2))
        parts = {part for n in range(len(a) + 1) for part in itertools.combinations(a, n)}
        common = [part for part in parts if part in set(itertools.combinations(b, len(part)))]
        assert common_length(a, b) == max(map(len, common))


def test_rouge_by_hand() -> None:
    # Lin 2004: "police killed the gunman" and "police kill the gunman" share three words of four in order.
    assert rouge_l([w("police killed the gunman")], [[w("police kill the gunman")]]) == pytest.approx(3 / 4)
    # P = 1, R = 2 / 4 and beta 1.2.
    assert rouge_l([w("the dog")], [[w("the big brown dog")]]) == pytest.approx(2.44 * 0.5 / (0.5 + 1.44))
    assert rouge_l([w("x"), w("a b")], [[w("a b")], [w("a b")]]) == pytest.approx(1 / 2)


REFERENCES = [[w("a dog runs")], [w("a cat sits")]]


@pytest.mark.parametrize(
    ("candidate", "expected"),
    [
        # Every 1- to 3-gram agrees, there is no 4-gram; "a" is in both pictures and weighs nothing.
        ("a dog runs", 10 * 3 / 4),
        # 1-grams: dog of {dog, sits} and {dog, runs}; 2-grams: "a dog" alike; 1/2 each.
        ("a dog sits", 10 * (1 / 2 + 1 / 2) / 4),
        # 1-grams: 1 of dog's 3 counts; |c| = 3 ln 2, |r| = sqrt 2 ln 2.
        ("dog dog dog", 10 / (3 * math.sqrt(2)) / 4),
        ("a a a", 0),
        ("", 0),
    ],
)
def test_cider_by_hand(candidate: str, expected: float) -> None:
    assert CiderD(REFERENCES).each([w(candidate)], REFERENCES[:1]) == pytest.approx([expected])


def test_cider_punishes_another_length() -> None:
    measure = CiderD([[w("dog")], [w("cat")]])
    alone, padded = measure.each([w("dog"), w("dog") + w("a") * 0], [[w("dog")], [w("dog")]])
    assert alone == padded == pytest.approx(10 / 4)
    longer = measure.each([w("dog dog")], [[w("dog")]])[0]
    # Clipping: 1 · 1 ÷ (2 · 1), then one word too many.
    assert longer == pytest.approx(10 / 4 / 2 * math.exp(-1 / (2 * SIGMA**2)))


def test_cider_is_the_mean_over_references() -> None:
    measure = CiderD(REFERENCES)
    both = measure.each([w("a dog runs")], [[w("a dog runs"), w("a cat sits")]])[0]
    assert both == pytest.approx((7.5 + measure.each([w("a dog runs")], [[w("a cat sits")]])[0]) / 2)
