"""The bytes of a catalogue's picture: what is taken in, what is handed out."""

import io
from pathlib import Path

import pytest
from PIL import Image

from diversity_contracts.pictures import content_hash
from tests.contract.gateway.conftest import Gateway, gateway_over, grey, problem
from tests.fakes.drawn import drawn
from tests.fakes.view import FakeView


@pytest.mark.parametrize(
    ("data", "content_type", "status", "slug"),
    [
        (b"not a picture", "image/png", 400, "not-a-picture"),
        (drawn(1, kind="JPEG")[:200], "image/jpeg", 400, "not-a-picture"),
        (b'{"image_base64": ""}', "application/json", 415, "unsupported-type"),
        (grey(1), "text/plain", 415, "unsupported-type"),
    ],
)
async def test_pictures_refused(
    gateway: Gateway, data: bytes, content_type: str, status: int, slug: str
) -> None:
    reply = await gateway.http.put("/images/a", content=data, headers={"Content-Type": content_type})
    problem(reply, status, slug)
    problem(await gateway.http.get("/images/a"), 404, "unknown-id")


async def test_too_many_pixels(tmp_path: Path) -> None:
    async with gateway_over(FakeView(), tmp_path, max_pixels=1_000) as gateway:
        problem(await gateway.put("a", drawn(1)), 413, "too-large")


async def test_the_content_decides_the_type(gateway: Gateway) -> None:
    data = drawn(3, kind="JPEG")
    assert (await gateway.put("a", data)).json()["media_type"] == "image/jpeg"
    assert (await gateway.http.get("/images/a/content")).headers["content-type"] == "image/jpeg"


async def test_content_is_kept_by_etag(gateway: Gateway) -> None:
    data = drawn(1, size=(640, 480))
    await gateway.put("a", data)
    reply = await gateway.http.get("/images/a/content")
    assert reply.content == data
    assert reply.headers["etag"] == f'"{content_hash(data)}"'
    assert reply.headers["cache-control"] == "private, no-cache"
    assert reply.headers["x-content-type-options"] == "nosniff"
    assert reply.headers["content-security-policy"] == "default-src 'none'; sandbox"
    etag = reply.headers["etag"]
    again = await gateway.http.get("/images/a/content", headers={"If-None-Match": f'"other", W/{etag}'})
    assert (again.status_code, again.content) == (304, b"")
    thumb = await gateway.http.get("/images/a/content?size=thumb", headers={"If-None-Match": etag})
    assert thumb.status_code == 200
    assert thumb.headers["content-type"] == "image/jpeg"
    assert Image.open(io.BytesIO(thumb.content)).size == (256, 192)
    await gateway.put("a", grey(1))
    assert (await gateway.http.get("/images/a/content", headers={"If-None-Match": etag})).status_code == 200
    problem(await gateway.http.get("/images/a/content?size=huge"), 422, "invalid-parameter")
    problem(await gateway.http.get("/images/nobody/content"), 404, "unknown-id")


async def test_a_thumbnail_is_upright(gateway: Gateway) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # turned by a quarter
    buffer = io.BytesIO()
    Image.new("RGB", (400, 200), (9, 9, 9)).save(buffer, "JPEG", exif=exif)
    entry = (await gateway.put("a", buffer.getvalue())).json()
    assert (entry["width"], entry["height"]) == (200, 400)
    thumb = await gateway.http.get("/images/a/content?size=thumb")
    assert Image.open(io.BytesIO(thumb.content)).size == (128, 256)
