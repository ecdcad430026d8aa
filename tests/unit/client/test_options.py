"""How the texts of options are read."""

import pytest
import typer

from diversity_client.command.options import read_band, read_filter, read_seen, read_weights
from diversity_client.command.session import cell_text


def test_weights_and_bands() -> None:
    assert read_weights("drml:0.7, caption:.3") == {"drml": 0.7, "caption": 0.3}
    assert read_band("0.80-0.95") == (0.8, 0.95)


def test_a_number_behind_the_last_colon_is_a_weight() -> None:
    assert read_seen(["a", "a:0.5", "a:b", "a:b:1", "fish/x:y"]) == [
        "a",
        ("a", 0.5),
        "a:b",
        ("a:b", 1.0),
        "fish/x:y",
    ]


def test_filters_are_texts_unless_they_are_json() -> None:
    assert read_filter(["class=fish", "class=bird", "year:=1984", "ok:=true", "e=a=b", "none="]) == {
        "class": ["fish", "bird"],
        "year": [1984],
        "ok": [True],
        "e": ["a=b"],
        "none": [""],
    }


@pytest.mark.parametrize("text", ["x", "=x", ":=1", "year:=", "year:=[1]", "year:=null"])
def test_what_is_no_filter_is_refused(text: str) -> None:
    with pytest.raises(typer.BadParameter):
        read_filter([text])


@pytest.mark.parametrize("text", ["drml", "drml:x", ":"])
def test_what_is_no_weight_is_refused(text: str) -> None:
    with pytest.raises(typer.BadParameter):
        read_weights(text)


def test_cells() -> None:
    assert [cell_text(value) for value in (None, True, 0.12345, 3, "x")] == ["–", "yes", "0.123", "3", "x"]
