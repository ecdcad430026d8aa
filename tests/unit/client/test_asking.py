"""Searches in the gateway's terms."""

import base64
from pathlib import Path
from typing import Any

import pytest

from diversity_client.asking import Question, ask, ask_many, parameters
from diversity_client.errors import Misused
from tests.fakes.drawn import drawn, encoded, plain


def test_a_picture_is_the_body_itself(tmp_path: Path) -> None:
    path = tmp_path / "x.txt"
    path.write_bytes(drawn(1, kind="JPEG"))
    questions: list[Question] = [{"image": path, "n": 3}, {"image": path.read_bytes(), "n": 3}]
    for question in questions:
        asked, body = ask(question)
        assert asked == (("n", "3"),)
        assert (body.content, body.content_type) == (path.read_bytes(), "image/jpeg")


@pytest.mark.parametrize("more", [{"filter": {"class": "fish"}}, {"exclude": ["a"]}])
def test_what_an_address_cannot_carry_takes_the_picture_into_json(more: dict[str, Any]) -> None:
    question: Any = {"image": b"bytes", **more}
    asked, body = ask(question)
    assert asked == ()
    assert body.json == {"image_base64": base64.b64encode(b"bytes").decode(), **more}


def test_numbers_have_no_exponent() -> None:
    asked = parameters({"weights": {"drml": 1e-7, "caption": 3}, "band": (0, 0.95), "diversity": 0.5})
    assert asked == (("weights", "drml:0.0000001,caption:3"), ("band", "0-0.95"), ("diversity", "0.5"))


def test_options_keep_one_order_so_that_a_cursor_finds_its_query() -> None:
    one = parameters({"raw": False, "n": 2, "exclude": ["b", "a"]})
    assert one == parameters({"exclude": ["b", "a"], "n": 2, "raw": False})
    assert one == (("n", "2"), ("raw", "false"), ("exclude", "b"), ("exclude", "a"))


def test_a_history_takes_ids_with_and_without_weights() -> None:
    _, body = ask({"history": ["a", ("b", 0.25)]})
    assert body.json == {"history": [{"image_id": "a", "weight": 1.0}, {"image_id": "b", "weight": 0.25}]}


def test_many_searches_carry_their_options_beside() -> None:
    body = ask_many([{"image_id": "a", "n": 2, "raw": True, "exclude": ["b"]}, {"user_id": "u"}])
    assert body.json == {
        "queries": [{"image_id": "a", "exclude": ["b"], "n": "2", "raw": "true"}, {"user_id": "u"}]
    }


@pytest.mark.parametrize(
    "question",
    [
        {},
        {"n": 5},
        {"image_id": "a", "user_id": "b"},
        {"image": Path("/nowhere/at/all.png")},
        {"images": [b"a", b"b"], "filter": {"a": 1}},
    ],
)
def test_what_cannot_be_asked_is_not_sent(question: Question) -> None:
    with pytest.raises(Misused):
        ask(question)
    with pytest.raises(Misused):
        ask_many([{"images": [b"a", b"b"]}])


@pytest.mark.parametrize(
    ("kind", "media_type"),
    [
        ("JPEG", "image/jpeg"),
        ("PNG", "image/png"),
        ("GIF", "image/gif"),
        ("BMP", "image/bmp"),
        ("TIFF", "image/tiff"),
        ("WEBP", "image/webp"),
        ("PPM", "application/octet-stream"),
    ],
)
def test_the_type_is_told_by_the_bytes(kind: str, media_type: str) -> None:
    _, body = ask({"image": encoded(plain((1, 2, 3)), kind)})
    assert body.content_type == media_type
