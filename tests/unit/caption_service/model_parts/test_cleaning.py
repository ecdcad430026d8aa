"""What cleaning keeps of a caption."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from caption_service.cleaning import CLEANINGS, Cleaning, clean


@pytest.mark.parametrize(
    ("caption", "expected"),
    [
        ("A child in a pink dress is climbing .", "a child in a pink dress is climbing"),
        ("The dog's T-shirt, isn't it?", "the dogs tshirt isnt it"),
        ("2 dogs and the 3rd of 100", "dogs and the of"),
        ("  tabs\tand\nlines  ", "tabs and lines"),
        ("“Quoted” — or <b>marked</b> & $5", "quoted or bmarkedb"),
        ("Ein Mädchen läuft", "ein mädchen läuft"),
        ("caf\u0065\u0301", "café"),
        ("हिन्दी में", "हिन्दी में"),
        ("a\u200bb \x00 ok", "ab ok"),
        ("", ""),
        ("... 42 !", ""),
    ],
)  # fmt: skip
def test_a_caption_becomes_words(caption: str, expected: str) -> None:
    assert clean(caption) == expected


def test_the_reports_cleaning_drops_single_letters() -> None:
    assert clean("A dog and I run", "report") == "dog and run"


@given(st.text(st.characters(max_codepoint=127), max_size=60))
def test_a_letter_of_another_script_changes_no_other_word(caption: str) -> None:
    assert clean(f"{caption} é") == f"{clean(caption)} é".strip()


@given(st.text(max_size=60), st.sampled_from(CLEANINGS))
def test_cleaning_twice_changes_nothing(caption: str, cleaning: Cleaning) -> None:
    once = clean(caption, cleaning)
    assert clean(once, cleaning) == once
