"""Captions as people store them, into clean lines."""

import pytest

from demo.captions import MAX_CAPTION, first_caption, parse_token_file


def test_a_token_file_keeps_the_order_and_joins_the_captions_of_a_picture() -> None:
    text = (
        "1000_b0.jpg#0\tA child in a pink dress .\n"
        "1000_b0.jpg#1\tA girl going into a wooden building .\r\n"
        "odd#name.jpg#12\tA name with the separator in it\n"
    )
    assert parse_token_file(text) == {
        "1000_b0.jpg": ["A child in a pink dress .", "A girl going into a wooden building ."],
        "odd#name.jpg": ["A name with the separator in it"],
    }


@pytest.mark.parametrize(
    "line",
    [
        "image,caption",
        "a.jpg A caption without a number",
        "a.jpg#x\tno number",
        "a.jpg#0 no tab",
        "a.jpg#0\t  ",
        "",
    ],
)
def test_a_line_of_another_form_is_passed_over(line: str) -> None:
    assert parse_token_file(f"{line}\nb.jpg#0\tkept\n") == {"b.jpg": ["kept"]}


def test_the_first_line_of_a_text_file_is_its_english_one() -> None:
    assert first_caption("A Magellanic penguin.\naf.utf8='n Pikkewyn.\n") == "A Magellanic penguin."


@pytest.mark.parametrize(("text", "caption"), [("", None), (" \n\t\n", None), ("\ufeff\n\n a \t b\n", "a b")])
def test_blank_lines_are_no_caption(text: str, caption: str | None) -> None:
    assert first_caption(text) == caption


def test_control_characters_never_reach_a_caption() -> None:
    assert first_caption("red\x1b[31m\x00 bus") == "red [31m bus"


def test_a_caption_stays_within_the_gateways_limit() -> None:
    assert first_caption("x" * (MAX_CAPTION + 1)) == "x" * MAX_CAPTION
