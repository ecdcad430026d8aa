"""Request bodies read piece by piece: the same whatever the pieces, refused as soon as a limit is passed."""

import asyncio
import base64
import itertools
from collections.abc import AsyncIterator

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from diversity_contracts.bodies import (
    Body,
    FormBody,
    JsonBody,
    Limits,
    PictureBody,
    decode_base64,
    parse_json_object,
    read_body,
)
from diversity_contracts.problems import (
    InvalidParameter,
    MalformedRequest,
    ProblemError,
    TooLarge,
    UnsupportedType,
)

SMALL = Limits(body_bytes=2_000, part_bytes=1_000, parts=3, json_bytes=500)


class Source:
    """A body in pieces that counts how much of it was taken."""

    def __init__(self, pieces: list[bytes]) -> None:
        self.pieces = pieces
        self.taken = 0

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for piece in self.pieces:
            self.taken += len(piece)
            yield piece


def read(content_type: str | None, source: Source, length: str | None = None, limits: Limits = SMALL) -> Body:
    return asyncio.run(read_body(content_type, length, source, limits))


def form(files: list[tuple[str, tuple[str | None, bytes]]]) -> tuple[str, bytes]:
    """A multipart body as a real client writes it."""
    request = httpx.Request("POST", "http://x", files=files)
    return request.headers["Content-Type"], request.read()


def cut(data: bytes, positions: list[int]) -> list[bytes]:
    edges = sorted({0, len(data), *(p % (len(data) + 1) for p in positions)})
    return [data[a:b] for a, b in itertools.pairwise(edges)]


@given(
    contents=st.lists(st.binary(max_size=200), min_size=1, max_size=3),
    positions=st.lists(st.integers(0, 3_000), max_size=30),
)
@settings(max_examples=150, deadline=None)
def test_a_form_is_the_same_whatever_its_pieces(contents: list[bytes], positions: list[int]) -> None:
    content_type, data = form([("image", (f"a/{i}.png", content)) for i, content in enumerate(contents)])
    body = read(content_type, Source(cut(data, positions)))
    assert isinstance(body, FormBody)
    assert [part.data for part in body.named("image")] == contents
    assert [part.filename for part in body.parts] == [f"a/{i}.png" for i in range(len(contents))]


def test_a_picture_body_is_its_bytes() -> None:
    for kind in ("image/jpeg", "image/PNG; q=1", "application/octet-stream"):
        assert read(kind, Source([b"ab", b"c"])) == PictureBody(b"abc")


def test_json_is_an_object() -> None:
    assert read("application/json; charset=utf-8", Source([b'{"image_id"', b':"a"}'])) == JsonBody(
        {"image_id": "a"}
    )


@pytest.mark.parametrize(
    "text", ["", "[1]", "{", "nul", '{"n": NaN}', '{"n": -Infinity}', "[" * 100_000, "\xff"]
)
def test_what_is_no_json_object_is_refused(text: str) -> None:
    with pytest.raises(MalformedRequest):
        parse_json_object(text.encode("latin-1"))


@pytest.mark.parametrize(
    "kind", [None, "", "text/html", "image/svg+xml", "application/x-www-form-urlencoded"]
)
def test_other_media_types_are_refused(kind: str | None) -> None:
    with pytest.raises(UnsupportedType):
        read(kind, Source([b"abc"]))


def test_an_announced_length_over_the_limit_is_refused_unread() -> None:
    source = Source([b"a" * 3_000])
    with pytest.raises(TooLarge):
        read("image/png", source, length="3000")
    assert source.taken == 0


@pytest.mark.parametrize("kind", ["image/png", "application/json", "multipart/form-data; boundary=x"])
def test_a_body_without_a_length_is_left_as_soon_as_it_is_too_large(kind: str) -> None:
    source = Source([b"--x\r\n" + b" " * 95] * 1_000)
    with pytest.raises(ProblemError):
        read(kind, source)
    assert source.taken <= 2_200


def test_too_many_parts_are_refused() -> None:
    content_type, data = form([("image", (None, b"x"))] * 4)
    with pytest.raises(TooLarge):
        read(content_type, Source([data]))


def test_a_part_over_its_limit_is_refused() -> None:
    content_type, data = form([("image", ("a", b"x" * 1_001))])
    with pytest.raises(TooLarge):
        read(content_type, Source([data]))


def test_a_part_with_endless_headers_is_refused() -> None:
    data = b"--x\r\nContent-Disposition: form-data; name=a\r\nX: " + b"y" * 20_000
    with pytest.raises(MalformedRequest):
        read("multipart/form-data; boundary=x", Source([data]), limits=Limits())


@pytest.mark.parametrize(
    ("content_type", "data"),
    [
        ("multipart/form-data", b"--x--"),
        ("multipart/form-data; boundary=x", b"no boundary here"),
        ("multipart/form-data; boundary=x", b"--x\r\nContent-Disposition: form-data; name=a\r\n\r\nabc"),
        ("multipart/form-data; boundary=x", b"--x\r\nContent-Type: a/b\r\n\r\nabc\r\n--x--\r\n"),
        ("multipart/form-data; boundary=x", b""),
        ("image/png", b""),
    ],
)
def test_broken_framing_is_refused(content_type: str, data: bytes) -> None:
    with pytest.raises(MalformedRequest):
        read(content_type, Source([data]))


def test_base64_in_both_alphabets() -> None:
    data = bytes(range(256))
    for text in (
        base64.b64encode(data).decode(),
        base64.urlsafe_b64encode(data).decode(),
        "data:image/png;base64," + base64.b64encode(data).decode(),
    ):
        assert decode_base64(text, what="image_base64", limit=256) == data


def test_base64_is_bounded_and_checked() -> None:
    with pytest.raises(InvalidParameter):
        decode_base64("é!", what="image_base64", limit=10)
    with pytest.raises(TooLarge):
        decode_base64("A" * 1_000, what="image_base64", limit=10)
